import { readlinkSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from './descriptor.ts';
import { makeDirectory } from './make-directory.ts';

// Links whose text is what counts: one system call writes or reads them, and none is ever seen half written.

/** The text of a link; undefined where there is none, or something else. */
export function readLink(path: string): string | undefined {
  return unless(['ENOENT', 'ENOTDIR', 'EINVAL'], () => readlinkSync(path));
}

/** Makes a link and the directory that it is in. Answers whether there was none. */
export function makeLink(path: string, text: string): boolean {
  for (;;) {
    try {
      symlinkSync(text, path);
      return true;
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      if (!isErrno(error, 'ENOENT')) throw error;
    }
    // Whoever removes the last one may take the directory away in between.
    makeDirectory(dirname(path));
  }
}

/** No effect where there is none. */
export function removeLink(path: string): void {
  unless(['ENOENT', 'ENOTDIR'], () => unlinkSync(path));
}

/** Removes a directory in which nothing is. */
export function removeIfEmpty(directory: string): void {
  unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () => rmdirSync(directory));
}

/** Undefined where the action fails in one of these ways. */
export function unless<Result>(errnos: readonly string[], action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (errnos.some((errno) => isErrno(error, errno))) return undefined;
    throw error;
  }
}
