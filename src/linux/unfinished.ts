import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from './descriptor.ts';
import { tryLock } from './flock.ts';

/** Begins the names of directories that are being made; nothing that is whole has such a name. */
const UNFINISHED = '.unfinished-';

export function isUnfinished(name: string): boolean {
  return name.startsWith(UNFINISHED);
}

/**
 * Makes a directory in another in which something is made before it gets its name, and locks it until `release`: so
 * others know that somebody is at it. Only for who holds the lock of whatever is looked through for abandoned ones.
 */
export function beginUnfinished(directory: string): { place: string; release: () => void } {
  const place = join(directory, UNFINISHED + randomUUID());
  mkdirSync(place, { mode: 0o700 });
  const release = tryLock(place);
  if (release === undefined) throw new Error(`"${place}" is locked by somebody else`);
  return { place, release };
}

/** Whether nobody is at it any more. */
export function isAbandoned(place: string): boolean {
  try {
    const release = tryLock(place);
    release?.();
    return release !== undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
