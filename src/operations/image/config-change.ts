import { parseDuration } from '../../document/units.ts';
import { keyValues, words } from '../../document/words.ts';
import { ScError } from '../../errors/error.ts';
import { didYouMean } from '../../errors/near-misses.ts';
import { parseSignal } from '../../linux/signals.ts';
import type { ImageHealthcheck, ImageProcess } from '../../schema/image/config.ts';

type Change = (config: ImageProcess, text: string) => ImageProcess;

const SHELL = ['/bin/sh', '-c'];

const NANOSECONDS = 1_000_000;

/** Instructions of a Dockerfile that change the config alone. */
const changes: Readonly<Record<string, Change>> = {
  CMD: (config, text) => ({ ...config, Cmd: command(text) }),
  ENTRYPOINT: (config, text) => ({ ...config, Entrypoint: command(text) }),
  ENV: (config, text) => ({ ...config, Env: withVariables(config.Env ?? [], keyValues(text)) }),
  EXPOSE: (config, text) => ({ ...config, ExposedPorts: { ...config.ExposedPorts, ...ports(text) } }),
  HEALTHCHECK: (config, text) => ({ ...config, Healthcheck: healthcheck(text) }),
  LABEL: (config, text) => ({
    ...config,
    Labels: { ...config.Labels, ...Object.fromEntries(keyValues(text)) },
  }),
  STOPSIGNAL: (config, text) => ({ ...config, StopSignal: stopSignal(text) }),
  USER: (config, text) => ({ ...config, User: text }),
  VOLUME: (config, text) => ({ ...config, Volumes: { ...config.Volumes, ...volumes(text) } }),
  WORKDIR: (config, text) => ({ ...config, WorkingDir: directory(config, text) }),
};

/**
 * The config of an image after changes in the words of a Dockerfile, such as `CMD ["/bin/web"]` or `ENV PORT=80`. Throws
 * SC_USAGE.
 */
export function changedConfig(config: ImageProcess, texts: readonly string[]): ImageProcess {
  return texts.reduce(changed, config);
}

function changed(config: ImageProcess, text: string): ImageProcess {
  const [, word = '', rest = ''] = /^\s*(\S+)\s*(.*?)\s*$/s.exec(text) ?? [];
  const known = Object.keys(changes);
  const change = Object.hasOwn(changes, word.toUpperCase()) ? changes[word.toUpperCase()] : undefined;
  if (change === undefined)
    throw refusal(text, `there is no instruction "${word}"${didYouMean(word.toUpperCase(), known)}`, {
      hint: `one of ${known.join(', ')}`,
    });
  if (rest === '') throw refusal(text, 'it says nothing');
  try {
    return change(config, rest);
  } catch (error) {
    throw error instanceof ScError ? refusal(text, error.message) : error;
  }
}

/** A list in JSON, or a line for the shell. */
function command(text: string): string[] {
  return list(text) ?? [...SHELL, text];
}

function list(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  } catch {
    // As docker has it, it is a line for the shell then: [ is a program.
  }
  return undefined;
}

/** A variable keeps its place. */
function withVariables(env: readonly string[], variables: readonly (readonly [string, string])[]): string[] {
  const all = new Map(env.map((entry) => [entry.split('=', 1)[0] ?? '', entry]));
  for (const [name, value] of variables) all.set(name, `${name}=${value}`);
  return [...all.values()];
}

function ports(text: string): { [port: string]: object } {
  return Object.fromEntries(
    words(text).map((port) => {
      const [, number, protocol = 'tcp'] = /^(\d{1,5}(?:-\d{1,5})?)(?:\/(tcp|udp|sctp))?$/.exec(port) ?? [];
      if (number === undefined) throw new ScError('SC_USAGE', `"${port}" is no port, such as 80 or 53/udp`);
      return [`${number}/${protocol}`, {}];
    }),
  );
}

function volumes(text: string): { [path: string]: object } {
  return Object.fromEntries((list(text) ?? words(text)).map((path) => [path, {}]));
}

function stopSignal(text: string): string {
  parseSignal(text);
  return text;
}

function directory({ WorkingDir }: ImageProcess, text: string): string {
  return text.startsWith('/') ? text : `${WorkingDir ?? ''}/${text}`;
}

function healthcheck(text: string): ImageHealthcheck {
  if (text.toUpperCase() === 'NONE') return { Test: ['NONE'] };
  const [, flags = '', line] = /^((?:--\S+\s+)*)CMD\s+(.+)$/s.exec(text) ?? [];
  if (line === undefined) throw new ScError('SC_USAGE', 'it is neither NONE nor CMD with a command');
  const test = list(line);
  const check: ImageHealthcheck = { Test: test === undefined ? ['CMD-SHELL', line] : ['CMD', ...test] };
  for (const [flag, name, value = ''] of flags.matchAll(/--([\w-]+)=(\S+)/g)) {
    const time = () => parseDuration(value) * NANOSECONDS;
    if (name === 'interval') check.Interval = time();
    else if (name === 'timeout') check.Timeout = time();
    else if (name === 'start-period') check.StartPeriod = time();
    else if (name === 'start-interval') check.StartInterval = time();
    else if (name === 'retries' && /^\d{1,6}$/.test(value)) check.Retries = Number(value);
    else throw new ScError('SC_USAGE', `"${flag}" is no flag of it`);
  }
  return check;
}

function refusal(text: string, why: string, details: { hint?: string } = {}): ScError {
  return new ScError('SC_USAGE', `change ${JSON.stringify(text)}: ${why}`, details);
}
