import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, type Dirent, fstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';
import {
  AT_REMOVEDIR,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  RESOLVE_NO_XDEV,
} from './constants.ts';
import { isErrno } from './descriptor.ts';
import { renameat, unlinkat } from './directory-entries.ts';
import { openat2, WITHOUT_LINKS } from './openat2.ts';

/**
 * Removes a directory that a container has written to; no effect where there is none. Directories in it
 * are moved up before they are emptied, so that none is too deep to be reached; no link is followed and no
 * mount entered: one in the way throws SC_STORAGE_FAILED, as does all that cannot be removed. Two may
 * remove the same directory at once, and what one leaves undone the next completes.
 */
export async function removeTree(path: string): Promise<void> {
  const parent = openSync(dirname(path), O_PATH | O_DIRECTORY);
  try {
    const name = Buffer.from(basename(path));
    const top = attempt(parent, name, () => openBelow(parent, name));
    if (top !== undefined) await removeOpened(top, parent, name);
  } finally {
    closeSync(parent);
  }
}

/**
 * The same at once, of a directory of an open one, for who has nothing else to do meanwhile. What takes long
 * keeps everybody waiting.
 */
export function removeDirectoryAt(parent: number, name: Buffer): void {
  const top = attempt(parent, name, () => openBelow(parent, name));
  if (top === undefined) return;
  try {
    do {
      for (const entry of list(top)) removeEntry(top, entry, () => removeFlat(top, entry.name));
    } while (attempt(parent, name, () => isStillThere(parent, name)));
  } finally {
    closeSync(top);
  }
}

async function removeOpened(top: number, parent: number, name: Buffer): Promise<void> {
  try {
    do {
      for (const entry of list(top)) {
        removeEntry(top, entry, () => removeFlat(top, entry.name));
        // A large tree takes a while, and others wait for their turn.
        await setImmediate();
      }
    } while (attempt(parent, name, () => isStillThere(parent, name)));
  } finally {
    closeSync(top);
  }
}

/** Removes a directory of `top`; those in it become directories of `top`. */
function removeFlat(top: number, name: Buffer): void {
  const directory = openBelow(top, name);
  try {
    for (const entry of list(directory)) {
      removeEntry(directory, entry, () => moveUp(directory, entry.name, top));
    }
  } finally {
    closeSync(directory);
  }
  unlinkat(top, name, AT_REMOVEDIR);
}

function removeEntry(parent: number, entry: Dirent<Buffer>, removeDirectory: () => void): void {
  attempt(parent, entry.name, () => {
    if (entry.isDirectory()) removeDirectory();
    else unlinkat(parent, entry.name);
  });
}

function moveUp(directory: number, name: Buffer, top: number): void {
  const move = () => renameat(directory, name, top, Buffer.from(randomUUID()));
  try {
    move();
  } catch (error) {
    // A directory that moves is written to: its `..` changes.
    if (!isErrno(error, 'EACCES')) throw error;
    closeSync(openBelow(directory, name));
    move();
  }
}

/** Opens a directory, and its mode where it would stop an owner without CAP_DAC_OVERRIDE. */
function openBelow(parent: number, name: Buffer): number {
  const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const entry = openat2(parent, name, flags, WITHOUT_LINKS | RESOLVE_NO_XDEV);
  const itself = `/proc/self/fd/${entry}`;
  try {
    if ((fstatSync(entry).mode & 0o700) !== 0o700) chmodSync(itself, 0o700);
    return openSync(itself, O_RDONLY | O_DIRECTORY);
  } finally {
    closeSync(entry);
  }
}

/** Names are bytes: a container may write others than UTF-8. */
function list(directory: number): Dirent<Buffer>[] {
  return readdirSync(`/proc/self/fd/${directory}`, { encoding: 'buffer', withFileTypes: true });
}

/** Removes the emptied directory, unless another remover has moved something up meanwhile. */
function isStillThere(parent: number, name: Buffer): boolean {
  try {
    unlinkat(parent, name, AT_REMOVEDIR);
    return false;
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY')) return true;
    throw error;
  }
}

/** Undefined where another remover was faster. */
function attempt<Result>(directory: number, name: Buffer, action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    if (error instanceof ScError && error.code === 'SC_STORAGE_FAILED') throw error;
    throw failure(directory, name, error);
  }
}

function failure(directory: number, name: Buffer, cause: unknown): ScError {
  const path = `${readlinkSync(`/proc/self/fd/${directory}`)}/${name}`;
  const errno = errnoOf(cause);
  if (errno === undefined) return new ScError('SC_STORAGE_FAILED', `remove "${path}"`, { cause });
  const isMount = errno === 'EXDEV' || errno === 'EBUSY';
  const hint = isMount ? 'something is mounted there: unmount it and try again' : undefined;
  return new ScError('SC_STORAGE_FAILED', `remove "${path}": ${errno}`, {
    errno,
    cause,
    ...(hint && { hint }),
  });
}
