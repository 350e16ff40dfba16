import { closeSync, fstatSync, openSync } from 'node:fs';
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH } from '../../linux/constants.ts';
import { openat } from '../../linux/directory-entries.ts';
import type { IdMaps } from '../../schema/container-spec.ts';

/** A root directory with all that is below it: of a container, or of the host. */
export interface Root {
  /** What stands before a path of it in words, such as `web:`; nothing before those of the host. */
  label: string;
  /** O_PATH. */
  descriptor: number;
  /** What is mounted in it and cannot be seen from its descriptor, by absolute paths. */
  mounts: ReadonlyMap<string, number>;
  /** Mounts that are not there now, by absolute paths: what to do instead. */
  absent: ReadonlyMap<string, string>;
  /** Who stands for the users of the container on what is seen here; undefined where it is they themselves. */
  ids: IdMaps | undefined;
  /** Why nothing can be written to it outside of its mounts; undefined where it can. */
  readOnly: string | undefined;
  isHost: boolean;
}

const FLAGS = O_PATH | O_NOFOLLOW | O_CLOEXEC;

/** Opens (O_PATH) a name of a directory that has this path, or what is mounted there; of a link itself. */
export function openIn(root: Root, directory: number, directoryPath: string, name: Buffer): number {
  const mount = root.mounts.size > 0 ? root.mounts.get(childPath(directoryPath, name)) : undefined;
  if (mount !== undefined) return openSync(`/proc/self/fd/${mount}`, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return openat(directory, name, FLAGS);
}

/** A path of names whose code units are bytes ("latin1"). */
export function childPath(directoryPath: string, name: Buffer): string {
  return `${directoryPath === '/' ? '' : directoryPath}/${name.toString('latin1')}`;
}

export function closeRoot({ descriptor, mounts }: Root): void {
  for (const each of [descriptor, ...mounts.values()]) closeSync(each);
}

/** The root of the host, as the caller sees it. */
export function openHost(): Root {
  return {
    label: '',
    descriptor: openSync('/', O_PATH | O_DIRECTORY | O_CLOEXEC),
    mounts: new Map(),
    absent: new Map(),
    ids: undefined,
    readOnly: undefined,
    isHost: true,
  };
}

export function isDirectory(descriptor: number): boolean {
  return fstatSync(descriptor).isDirectory();
}
