import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { openat2, WITHOUT_LINKS } from './openat2.ts';

// Directories that somebody else writes to are walked by descriptors, a name at a time: no path of theirs is ever
// resolved, so that no link and no rename leads anywhere else.

/** Directories in one another that are walked, each with calls of its own on the stack of this process. */
export const DEEPEST = 800;

/** Opens (O_PATH) a directory of the host by its path. */
export function openRoot(path: string): number {
  return openSync(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/** The path of an entry in a directory that is held; with `.` of the directory itself. */
export function at(directory: number, name: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), Buffer.from(name)]);
}

/** Undefined where nothing is; of a link itself. */
export function statAt(directory: number, name: Buffer | string): BigIntStats | undefined {
  return lstatSync(at(directory, name), { bigint: true, throwIfNoEntry: false });
}

/** Opens (O_PATH) a directory in another. Throws ENOTDIR or ELOOP where something else has taken its place. */
export function openDirectoryAt(directory: number, name: Buffer): number {
  return openBeneath(directory, name, O_DIRECTORY);
}

/** Opens (O_PATH) what is at a relative path, which goes through no link. */
export function openBeneath(directory: number, path: Buffer, flags = 0): number {
  return openat2(directory, path, O_PATH | O_NOFOLLOW | O_CLOEXEC | flags, WITHOUT_LINKS);
}

/** Names are bytes, in their order; none where the directory is gone meanwhile. */
export function namesIn(directory: number): Buffer[] {
  try {
    return readdirSync(at(directory, '.'), { encoding: 'buffer' }).sort(Buffer.compare);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

export function holding<Result>(descriptor: number, act: (descriptor: number) => Result): Result {
  try {
    return act(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Throws SC_STORAGE_FAILED for a directory that is in too many others. */
export function checkDepth(depth: number, root: string): void {
  if (depth <= DEEPEST) return;
  throw new ScError(
    'SC_STORAGE_FAILED',
    `walk "${root}": directories are more than ${DEEPEST} deep in one another`,
    { errno: 'ENAMETOOLONG' },
  );
}
