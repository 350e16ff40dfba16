import { parseDuration } from '../document/units.ts';
import { ScError } from '../errors/error.ts';

// Values as docker's command line writes them, in the words of the container file. What has neither form
// goes on as it is, so that it is refused where all values are checked.

const units: { readonly [letter: string]: string } = { b: 'B', k: 'Ki', m: 'Mi', g: 'Gi', t: 'Ti', p: 'Pi' };

/** `512m`, `1.5g` and `1024` (bytes): here too a thousand is 1024. */
export function size(text: string): string {
  const [, number, letter = 'b'] = /^(\d+(?:\.\d+)?)([bkmgtp])?b?$/i.exec(text) ?? [];
  return number === undefined ? text : `${number}${units[letter.toLowerCase()]}`;
}

/** `-1` is without limit. */
export function sizeLimit(text: string): string {
  return text === '-1' ? 'unlimited' : size(text);
}

/** `-1` and `0` are without limit. */
export function countLimit(text: string): number | string {
  if (text === '-1' || text === '0') return 'unlimited';
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

/** Seconds; `-1` is for ever. */
export function timeout(text: string): string {
  return text === '-1' ? 'forever' : duration(text);
}

/** Any path: a word counts from the working directory as `./WORD` does. */
export function hostPath(text: string): string {
  return /^(\/|\.\.?(\/|$))/.test(text) || text === '' ? text : `./${text}`;
}

/** Seconds, or a time with its unit. */
export function duration(text: string): string {
  return /^\d+$/.test(text) ? `${text}s` : text;
}

/** `NAME=SOFT[:HARD]` in the kernel's own units, of several flags. */
export function ulimits(texts: readonly string[]): { [name: string]: object } {
  const limits: { [name: string]: object } = {};
  for (const text of texts) {
    const [, name = '', soft = '', hard = soft] = /^(\w+)=([^:]+)(?::(.+))?$/.exec(text) ?? [];
    if (name === '') throw usage('--ulimit', text, 'NAME=SOFT or NAME=SOFT:HARD');
    if (Object.hasOwn(limits, name)) throw usage('--ulimit', text, `one limit for "${name}"`);
    limits[name] = { soft: ulimit(name, soft), hard: ulimit(name, hard) };
  }
  return limits;
}

function ulimit(name: string, text: string): string | number {
  if (text === '-1' || text === 'unlimited') return 'unlimited';
  if (!/^\d{1,15}$/.test(text)) return text;
  if (name === 'cpu') return `${text}s`;
  if (name === 'rttime') return `${Number(text) / 1000}ms`;
  return ['nproc', 'nofile', 'locks', 'sigpending', 'nice', 'rtprio'].includes(name)
    ? Number(text)
    : `${text}B`;
}

/** `NAME=VALUE`, and `NAME` alone for the caller's value, or nothing where the caller has none. */
export function variables(
  texts: readonly string[],
  environment: { readonly [name: string]: string | undefined },
): { [name: string]: string | undefined } {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      return equals === -1 ? [text, environment[text]] : [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

export function labels(texts: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(text) ?? [];
      return [name, value];
    }),
  );
}

/** `NAME:ADDRESS` or `NAME=ADDRESS`, an IPv6 address also in brackets, of several flags. */
export function hosts(texts: readonly string[]): { [name: string]: string } {
  const addresses: { [name: string]: string } = {};
  for (const text of texts) {
    const [, name = '', address = ''] = /^([^:=]+)[:=](.+)$/s.exec(text) ?? [];
    if (name === '') throw usage('--add-host', text, 'NAME:ADDRESS');
    if (Object.hasOwn(addresses, name)) throw usage('--add-host', text, `one address for "${name}"`);
    addresses[name] = address.replace(/^\[(.*)\]$/, '$1');
  }
  return addresses;
}

/** A flag whose value has no form that could be checked any further. */
export function usage(flag: string, text: string, expected: string): ScError {
  return new ScError('SC_USAGE', `${flag}: found "${text}"; expected ${expected}`);
}

/** Docker's form: `on-failure:5`, of which 0 is without limit; its `no` is `never` in a file. */
export function restartPolicy(text: string): object {
  const [, name = text, retries] = /^([a-z-]+):(\d+)$/.exec(text) ?? [];
  if (retries !== undefined && name !== 'on-failure')
    throw usage('--restart', text, `${name} without a number: only failures are counted`);
  const policy = name === 'no' ? 'never' : name;
  return { policy, ...(Number(retries) > 0 && { maxRetries: Number(retries) }) };
}

/** Milliseconds of a longest wait: seconds, or with a unit. Throws SC_USAGE. */
export function readTimeout(text: string): number {
  try {
    return parseDuration(duration(text));
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    throw new ScError(error.code, `--timeout: ${error.message}`, { hint: error.hint ?? '' });
  }
}
