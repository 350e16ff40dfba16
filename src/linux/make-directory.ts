import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from './descriptor.ts';

/**
 * Makes a directory and those on the way that are not there, all for their owner alone. Node's own way to do so says
 * ENOENT of a filesystem that can only be read, and has no end where nothing can be made, as in /proc.
 */
export function makeDirectory(path: string): void {
  if (isDirectory(path)) return;
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (isErrno(error, 'EEXIST') && isDirectory(path)) return;
    if (!isErrno(error, 'ENOENT') || existsSync(dirname(path))) throw error;
    makeDirectory(dirname(path));
    makeDirectory(path);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
