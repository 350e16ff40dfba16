import { globSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** What a container may leave on the host: by what each thing is known again, it in words. */
export type HostSnapshot = ReadonlyMap<string, string>;

type Thing = readonly [key: string, words: string];

/** Milliseconds. pid 1 of a host reaps orphans when it comes to it, and groups wait for their last process. */
const PATIENCE = 10_000;

/** Mounts, control groups, processes, network links and files that sc could have made, as they are now. */
export function snapshotHost(): HostSnapshot {
  const known = [...mounts(), ...controlGroups(), ...links(), ...files()];
  return new Map([...known.map((words): Thing => [words, words]), ...processes()]);
}

/** Throws with the list of what is there now and was not `before`, if it does not go away by itself. */
export async function expectNoLeaks(before: HostSnapshot, patience = PATIENCE): Promise<void> {
  const deadline = Date.now() + patience;
  let left = leaksSince(before);
  while (left.length > 0 && Date.now() < deadline) {
    await setTimeout(20);
    left = leaksSince(before);
  }
  if (left.length > 0) throw new Error(`left on the host:\n  ${left.join('\n  ')}`);
}

function leaksSince(before: HostSnapshot): string[] {
  return [...snapshotHost()].filter(([key]) => !before.has(key)).map(([, words]) => words);
}

/** proc_pid_mountinfo(5): the mount point is the fifth field, the type the first behind the dash. */
function mounts(): string[] {
  const counts = new Map<string, number>();
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n')) {
    const place = line.split(' ')[4] ?? '';
    const type = line.split(' - ')[1]?.split(' ')[0] ?? '';
    const words = `mount of ${type} on ${place}`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  // Several may stand on one place.
  return [...counts].map(([words, count]) => (count === 1 ? words : `${words}, ${count} times`));
}

function controlGroups(): string[] {
  const hierarchies = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '');
  return hierarchies
    .flatMap((hierarchy) => globSync(`${hierarchy}/sc*{,/**/}`, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => `control group ${entry.parentPath}/${entry.name}`);
}

/**
 * Keepers, and pid namespaces other than ours by the processes in them. A namespace counts as one thing,
 * so that a container that was there before may start and end programs.
 */
function processes(): Thing[] {
  const ours = readlinkSync('/proc/self/ns/pid');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid): Thing[] => {
      const status = readIfThere(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
      if (status === undefined) return [];
      const name = status.slice(status.indexOf('(') + 1, status.lastIndexOf(')'));
      const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
      const [state, started] = [fields[0], fields[19]];
      const file = readIfThere(() => readlinkSync(`/proc/${pid}/exe`));
      const namespace = readIfThere(() => readlinkSync(`/proc/${pid}/ns/pid`));
      const words = `process ${pid} "${name}" (${state === 'Z' ? 'not reaped' : file})`;
      if (namespace !== undefined && namespace !== ours) return [[namespace, `${words} in ${namespace}`]];
      // A dead keeper has no file any more, but is named after the descriptor that it was executed from.
      const isKeeper = state === 'Z' ? /^\d+$/.test(name) : file?.startsWith('/memfd:sc-');
      // With the start time, so that a reused pid is not taken for the old one.
      return isKeeper ? [[`${pid} ${started}`, words]] : [];
    });
}

/** By /proc, which shows those of this network: /sys may be that of another (sysfs(5)). */
function links(): string[] {
  const names = readFileSync('/proc/self/net/dev', 'utf8').matchAll(/^ *([^\s:]+):/gm);
  return [...names].map(([, name]) => `network link ${name}`);
}

function files(): string[] {
  return [tmpdir(), '/run/sc', '/var/lib/sc/containers'].flatMap((directory) =>
    (readIfThere(() => readdirSync(directory)) ?? []).map((name) => `file ${directory}/${name}`),
  );
}

/** Processes end and files go while one looks. */
function readIfThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
