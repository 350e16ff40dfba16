import { closeSync, constants, openSync, readSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProcessReference } from '../schema/container-state.ts';
import { unless } from './link.ts';
import { processIsAlive, readStatFields } from './process.ts';

/** More than the longest number and its line feed. */
const LONGEST = 16;

/** Where nothing is to be removed: also a link, a directory, a filesystem that has become read-only. */
const nothingThere = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENXIO', 'EROFS'];

/** Name of what becomes the pid file of a container, beside it. */
export function temporaryPidFile(id: string): string {
  return `.sc-pid-${id.slice(0, 12)}`;
}

/**
 * Does what a keeper that was killed has not done: removes the pid file of a container that does not run, where it
 * tells the number of that one's first process or of none that there is. `init` is that process, as far as it is known.
 */
export function removeLeftPidFile(id: string, path: string, init?: ProcessReference): void {
  unless(nothingThere, () => unlinkSync(join(dirname(path), temporaryPidFile(id))));
  const [, number] = /^(\d+)\n$/.exec(unless(nothingThere, () => beginningOf(path)) ?? '') ?? [];
  if (number === undefined) return;
  const pid = Number(number);
  const isDead = pid === init?.pid ? !processIsAlive(init) : !isThere(pid);
  if (isDead) unless(nothingThere, () => unlinkSync(path));
}

/** Neither a link is followed, nor anybody waited for who is to write to it. */
function beginningOf(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(LONGEST);
    return bytes.toString('latin1', 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/** One that has ended and waits for its parent is none any more. */
function isThere(pid: number): boolean {
  const [state] = readStatFields(pid) ?? [];
  return state !== undefined && !/[ZXx]/.test(state);
}
