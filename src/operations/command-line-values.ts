import { ScError } from '../errors/error.ts';
import type { Device, Secret, Security } from '../schema/container-file.ts';

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

/** `SOURCE[:TARGET][:ACCESS]`; without the last one all is allowed, as docker has it. */
export function device(text: string): Device {
  const [source = '', second, third, ...rest] = text.split(':');
  const isAccess = second !== undefined && /^[rwm]+$/.test(second);
  const target = isAccess || second === undefined ? source : second;
  const access = isAccess ? second : (third ?? 'rwm');
  const isWhole = source !== '' && target !== '' && rest.length === 0 && !(isAccess && third !== undefined);
  if (!isWhole || !/^[rwm]+$/.test(access))
    throw usage('--device', text, 'SOURCE, SOURCE:TARGET or SOURCE:TARGET:rwm');
  const letters = [...'rwm'].filter((letter) => access.includes(letter)).join('');
  return { path: target, source, access: letters };
}

/** `NAME=VALUE`. */
export function sysctls(texts: readonly string[]): { [name: string]: string } | undefined {
  if (texts.length === 0) return undefined;
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) throw usage('--sysctl', text, 'NAME=VALUE');
      return [name, value];
    }),
  );
}

const options =
  'no-new-privileges=true|false, seccomp=FILE|unconfined, apparmor=PROFILE, label=disable or label=USER:ROLE:TYPE:LEVEL';

/** One of `options`; `:` does for `=`. */
export function securityOptions(texts: readonly string[]): Security {
  const security: Security = {};
  for (const text of texts) {
    const [, name, value] = /^([\w-]+)(?:[=:](.*))?$/.exec(text) ?? [];
    if (name === 'no-new-privileges' && (value === undefined || value === 'true' || value === 'false')) {
      security.noNewPrivileges = value !== 'false';
    } else if (name === 'seccomp' && value) security.seccomp = seccompProfile(value);
    else if (name === 'apparmor' && value) security.apparmor = value;
    else if (name === 'label' && /^(\w+:){3}/.test(value ?? '')) security.selinux = value ?? '';
    else if (name !== 'label' || value !== 'disable') throw usage('--security-opt', text, options);
  }
  return security;
}

/** As docker has it, a file may be named without `./`. */
function seccompProfile(text: string): string {
  if (text === 'builtin' || text === 'default') return 'default';
  return text === 'unconfined' || /^(\/|\.\.?(\/|$))/.test(text) ? text : `./${text}`;
}

/** `NAME,source=FILE[,target=PATH][,mode=MODE]`; the file counts from where the caller is. */
export function secret(text: string): Secret {
  const [name = '', ...options] = text.split(',');
  const values = new Map<string, string>();
  for (const option of options) {
    const [, key = '', value] = /^(source|target|mode)=(.+)$/s.exec(option) ?? [];
    if (value === undefined || values.has(key)) throw secretUsage(text);
    values.set(key, value);
  }
  const source = values.get('source');
  if (name === '' || name.includes('=') || source === undefined) throw secretUsage(text);
  const [target, mode] = [values.get('target'), values.get('mode')];
  return {
    name,
    source: /^(\/|\.\.?(\/|$))/.test(source) ? source : `./${source}`,
    ...(target !== undefined && { target }),
    ...(mode !== undefined && { mode }),
  };
}

function secretUsage(text: string): ScError {
  return usage('--secret', text, 'NAME,source=FILE, and maybe ,target=PATH and ,mode=0400');
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
