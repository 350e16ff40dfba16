import { parseSignal, signalName } from '../linux/signals.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ImageHealthcheck, ImageProcess } from '../schema/image/config.ts';
import { faultsOfVolumes } from './image-volumes.ts';
import type { Runnable } from './runnable.ts';

/** An image that documents name, as the store has it. */
export interface ImageFacts {
  source: Extract<ContainerSpec['image'], { kind: 'image' }>;
  config: ImageProcess;
}

/** What comes of an Image document: what its source holds, and what the store has under its name. */
export interface DocumentImage {
  /** Its full name. */
  name: string;
  /** Where it comes from: `archive:/srv/web.tar`. */
  from: string;
  id: string;
  /** Of its image manifest. */
  digest: string;
  /** What tells the next time that the source is the same. */
  mark?: string;
  /** Who has the name now, where somebody has. */
  earlier: { digest: string; id?: string } | undefined;
}

/** What an image says of fields, by their paths, each as the container has it: below what file and command line say. */
export type ImageFields = ReadonlyMap<string, unknown>;

/** The fields of a container of an image. A check is for what is kept running. */
export function imageFields({ config }: ImageFacts, { kind }: Pick<Runnable, 'kind'>): ImageFields {
  const { User, WorkingDir, StopSignal, Healthcheck } = config;
  const health = kind === 'Container' && Healthcheck ? healthFields(Healthcheck) : [];
  const said: (readonly [path: string, value: unknown])[] = [
    ['process.user', User || undefined],
    ['process.cwd', WorkingDir ? absolute(WorkingDir) : undefined],
    ['signals.stopSignal', StopSignal ? parseSignal(StopSignal) : undefined],
    ...health,
  ];
  return new Map(said.filter(([, value]) => value !== undefined));
}

/** Ports that an image says it listens at, as it writes them, by their numbers. */
export function exposedPorts({ ExposedPorts }: ImageProcess): string[] {
  return Object.keys(ExposedPorts ?? {}).sort((left, right) =>
    left.localeCompare(right, 'en', { numeric: true }),
  );
}

/** Variables by their names, of entries `NAME=value`; the last of a name counts. */
export function imageEnvironment({ Env }: ImageProcess): { [name: string]: string } {
  return Object.fromEntries(
    (Env ?? []).map((entry) => {
      const separator = entry.indexOf('=');
      return [entry.slice(0, separator), entry.slice(separator + 1)];
    }),
  );
}

/** Characters, as in container files. */
const LONGEST_USER = 256;
/** What is told of one config, and characters of each: an image may say megabytes. */
const MOST_FAULTS = 10;
const LONGEST_FAULT = 150;

/** What of a config can be no container's, as `Env[2] "=x": no name`; empty where all can. */
export function faultsOfConfig(config: ImageProcess): string[] {
  const { Env, StopSignal, Entrypoint, Cmd, WorkingDir, Healthcheck, User } = config;
  const variables = (Env ?? []).flatMap((entry, index) =>
    entry.indexOf('=') > 0 && !entry.includes('\0') ? [] : [`Env[${index}] ${JSON.stringify(entry)}`],
  );
  const words = [...(Entrypoint ?? []), ...(Cmd ?? [])].filter((word) => word.includes('\0'));
  const signal = StopSignal && !isSignal(StopSignal) ? [`StopSignal ${JSON.stringify(StopSignal)}`] : [];
  const directory = WorkingDir?.includes('\0') ? [`WorkingDir ${JSON.stringify(WorkingDir)}`] : [];
  const user = (User?.length ?? 0) > LONGEST_USER ? [`User ${JSON.stringify(User)}`] : [];
  const program = words.map((word) => `Cmd ${JSON.stringify(word)}`);
  const faults = [
    ...variables,
    ...program,
    ...user,
    ...directory,
    ...signal,
    ...faultsOfVolumes(config),
    ...faultsOfTest(Healthcheck?.Test ?? []),
  ];
  const told = faults.slice(0, MOST_FAULTS).map(cut);
  return faults.length > MOST_FAULTS ? [...told, `${faults.length - MOST_FAULTS} more`] : told;
}

function cut(fault: string): string {
  return fault.length > LONGEST_FAULT ? `${fault.slice(0, LONGEST_FAULT)}...` : fault;
}

/** A check is a program of at least one word, as any other; without a word of how it is none. */
function faultsOfTest(test: readonly string[]): string[] {
  const [how, ...words] = test;
  if (how === undefined || how === 'NONE') return [];
  const isProgram =
    (how === 'CMD' || how === 'CMD-SHELL') && words.length > 0 && !words.some((word) => word.includes('\0'));
  return isProgram ? [] : [`Healthcheck.Test ${JSON.stringify(test)}`];
}

/** The program of a container: a given entrypoint drops the image's command too, given arguments only replace that. */
export function programOf(
  { entrypoint, args }: { entrypoint?: readonly string[]; args?: readonly string[] },
  config: ImageProcess | undefined,
): string[] {
  if (entrypoint !== undefined) return [...entrypoint, ...(args ?? [])];
  return [...(config?.Entrypoint ?? []), ...(args ?? config?.Cmd ?? [])];
}

function healthFields(check: ImageHealthcheck): (readonly [path: string, value: unknown])[] {
  const [how, ...words] = check.Test ?? [];
  if (how !== 'CMD' && how !== 'CMD-SHELL') return [];
  // The image counts in nanoseconds, and what begins takes a whole millisecond.
  const time = (nanoseconds = 0) => (nanoseconds > 0 ? Math.ceil(nanoseconds / 1e6) : undefined);
  return [
    ['monitor.health.args', how === 'CMD' ? words : ['/bin/sh', '-c', ...words]],
    ['monitor.health.interval', time(check.Interval)],
    ['monitor.health.timeout', time(check.Timeout)],
    ['monitor.health.startPeriod', time(check.StartPeriod)],
    ['monitor.health.startInterval', time(check.StartInterval)],
    ['monitor.health.retries', check.Retries || undefined],
  ];
}

/** As docker reads one that is relative. */
function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function isSignal(text: string): boolean {
  try {
    return signalName(parseSignal(text)) !== '';
  } catch {
    return false;
  }
}
