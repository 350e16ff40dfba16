import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, readFileSync, type Stats } from 'node:fs';
import { O_DIRECTORY, O_PATH } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { holding } from './directory.ts';
import { mountIdOf } from './mount-id.ts';
import { openat2, WITHOUT_LINKS } from './openat2.ts';

/** No link is followed below a source: who writes there must not choose what is mounted (CVE-2021-30465). */
export const BELOW_SOURCE = WITHOUT_LINKS;

/** A file or directory of the host that is to be mounted: a path, and what of it. */
export interface MountSource {
  source: string;
  /** Relative, below the source. */
  subpath?: string;
}

/** Throws the kernel's error where it is not there or, with ELOOP, where a link is on the way to the subpath. */
export function statSource(source: MountSource): Stats {
  return withSource(source, (descriptor) => fstatSync(descriptor));
}

/**
 * Makes the directories of a source that are not there, root's and with mode 0755 whatever the umask is, and
 * tells `made` of each as soon as it is there. Below the source no link is followed.
 */
export function makeSource({ source, subpath }: MountSource, made: (path: string) => void): void {
  const names = source.split('/').filter((name) => name !== '');
  let place = openSync('/', O_PATH | O_DIRECTORY);
  try {
    let path = '';
    const enter = (name: string, open: () => number) => {
      path += `/${name}`;
      const next = openOrMake(open, `/proc/self/fd/${place}/${name}`, () => made(path));
      closeSync(place);
      place = next;
    };
    for (const name of names)
      enter(name, () => openSync(`/proc/self/fd/${place}/${name}`, O_PATH | O_DIRECTORY));
    for (const name of subpath?.split('/') ?? [])
      enter(name, () => openat2(place, name, O_PATH | O_DIRECTORY, BELOW_SOURCE));
  } finally {
    closeSync(place);
  }
}

/** The mode is set on the very directory that was made and is held, not on what its name leads to by then. */
function openOrMake(open: () => number, path: string, made: () => void): number {
  try {
    return open();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  mkdirSync(path, 0o755);
  made();
  const directory = open();
  chmodSync(`/proc/self/fd/${directory}`, 0o755);
  return directory;
}

/**
 * How the mount that a source lies on is connected with others (mount_namespaces(7)): it gives and takes
 * (`shared`), it only takes (`slave`), or neither.
 */
function connectionOf(source: MountSource): 'shared' | 'slave' | 'private' {
  return withSource(source, (descriptor) => {
    const id = mountIdOf(descriptor);
    const line = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.startsWith(`${id} `));
    // The optional fields stand between the sixth and a dash (proc_pid_mountinfo(5)).
    const fields = line?.split(' - ')[0]?.split(' ').slice(6) ?? [];
    if (fields.some((field) => field.startsWith('shared:'))) return 'shared';
    return fields.some((field) => field.startsWith('master:')) ? 'slave' : 'private';
  });
}

/** Whether what this propagation means can come about at all: the kernel takes any, also where none can. */
export function isConnected(source: MountSource, propagation: string): boolean {
  if (!/shared|slave/.test(propagation)) return true;
  const connection = connectionOf(source);
  return connection === 'shared' || (connection === 'slave' && propagation.endsWith('slave'));
}

/** Opens (O_PATH) what is to be mounted. Errors are those of `statSource`; the receiver closes it. */
export function openSource({ source, subpath }: MountSource): number {
  if (subpath === undefined) return openSync(source, O_PATH);
  return holding(openSync(source, O_PATH | O_DIRECTORY), (base) =>
    openat2(base, subpath, O_PATH, BELOW_SOURCE),
  );
}

function withSource<Result>(source: MountSource, look: (descriptor: number) => Result): Result {
  return holding(openSource(source), look);
}
