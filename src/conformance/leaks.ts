import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { untilNextLook } from './next-look.ts';

/** What a case may leave on the host: by what each thing is known again, it in words. */
export type HostSnapshot = ReadonlyMap<string, string>;

type Thing = readonly [key: string, words: string];

/** Milliseconds. Process 1 of a host reaps orphans when it comes to it, and groups wait for their last process. */
const PATIENCE = 5000;

/** Where runtimes keep what they have no name of the case for. */
const places = ['/run/sc', '/var/lib/sc/containers', '/run/runc', '/run/crun', '/run/containerd/runc'];

/** Mounts, control groups, processes, network links and files of containers, as they are now. */
export function snapshotHost(): HostSnapshot {
  const table = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  const known = [...mounts(table), ...controlGroups(table), ...links(), ...files()];
  return new Map([...known.map((words): Thing => [words, words]), ...processes()]);
}

/** What is there now and was not before, and does not go away by itself. */
export async function leaksSince(before: HostSnapshot, most = PATIENCE): Promise<string[]> {
  const begin = Date.now();
  const patience = Math.min(PATIENCE, most);
  for (;;) {
    const left = [...snapshotHost()].filter(([key]) => !before.has(key)).map(([, words]) => words);
    if (left.length === 0 || Date.now() >= begin + patience) return left;
    await setTimeout(untilNextLook(begin));
  }
}

/** proc_pid_mountinfo(5): the mount point is the fifth field, the type the first behind the dash. */
function mounts(table: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of table) {
    const place = line.split(' ')[4] ?? '';
    const type = line.split(' - ')[1]?.split(' ')[0] ?? '';
    const words = `mount of ${type} on ${place}`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  // Several may stand on one place.
  return [...counts].map(([words, count]) => (count === 1 ? words : `${words}, ${count} times`));
}

/** Beside those of the host itself: the beginnings of the names that runtimes are known to give. */
const ofRuntimes = /^(sc|docker|libpod|lxc|crun|runc)/;

function controlGroups(table: readonly string[]): string[] {
  return table
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(' ')[4] ?? '')
    .flatMap((hierarchy) =>
      directoriesIn(hierarchy)
        .filter((name) => ofRuntimes.test(name))
        .flatMap((name) => withAllBelow(`${hierarchy}/${name}`)),
    )
    .map((group) => `control group ${group}`);
}

function withAllBelow(group: string): string[] {
  return [group, ...directoriesIn(group).flatMap((name) => withAllBelow(`${group}/${name}`))];
}

/** None where another has removed it meanwhile. */
function directoriesIn(directory: string): string[] {
  const entries = ifThere(() => readdirSync(directory, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
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
      const namespace = ifThere(() => readlinkSync(`/proc/${pid}/ns/pid`));
      const file = ifThere(() => readlinkSync(`/proc/${pid}/exe`));
      const isElsewhere = namespace !== undefined && namespace !== ours;
      // Most are neither, and there are many of them.
      if (!isElsewhere && !file?.startsWith('/memfd:sc-')) return [];
      const status = ifThere(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
      if (status === undefined) return [];
      const name = status.slice(status.indexOf('(') + 1, status.lastIndexOf(')'));
      const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
      const [state, started] = [fields[0], fields[19]];
      const words = `process ${pid} "${name}" (${state === 'Z' ? 'not reaped' : file})`;
      if (isElsewhere) return [[namespace, `${words} in ${namespace}`]];
      // With the start time, so that a reused pid is not taken for the old one.
      return [[`${pid} ${started}`, words]];
    });
}

/** By /proc, which shows those of this network: /sys may be that of another (sysfs(5)). */
function links(): string[] {
  const names = readFileSync('/proc/self/net/dev', 'utf8').matchAll(/^ *([^\s:]+):/gm);
  return [...names].map(([, name]) => `network link ${name}`);
}

function files(): string[] {
  return places.flatMap((directory) =>
    (ifThere(() => readdirSync(directory)) ?? []).map((name) => `file ${directory}/${name}`),
  );
}

function ifThere<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
