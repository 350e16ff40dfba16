import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { isErrno } from './descriptor.ts';
import { withLock } from './flock.ts';
import { removeTree } from './remove-tree.ts';

/** Ends the name of what is removed; no name of the store holds it. */
const SEPARATOR = '~';

/**
 * Takes a directory of the store out of use in one step, so that it is never seen half deleted.
 * No effect where there is none.
 */
export function discard(store: string, path: string): void {
  if (!existsSync(path)) return;
  const removed = join(store, '.removed');
  mkdirSync(removed, { recursive: true, mode: 0o700 });
  try {
    renameSync(path, join(removed, basename(path) + SEPARATOR + randomUUID()));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/**
 * Deletes what was discarded of `name`, and throws SC_STORAGE_FAILED for what cannot be deleted of it. Then
 * deletes what others discarded and do not delete themselves, since they died; as far as that goes.
 */
export async function emptyRemoved(store: string, name: string): Promise<void> {
  const removed = join(store, '.removed');
  if (!existsSync(removed)) return;
  const entries = readdirSync(removed);
  const ours = (entry: string) => entry.startsWith(name + SEPARATOR);
  for (const entry of entries.filter(ours)) {
    const path = join(removed, entry);
    await removeLocked(path).catch((error) => {
      // Somebody took us for dead. Two may remove the same.
      if (error instanceof ScError && error.code === 'SC_LOCKED') return removeTree(path);
      if (!isErrno(error, 'ENOENT')) throw error;
    });
  }
  for (const entry of entries.filter((entry) => !ours(entry))) {
    await removeLocked(join(removed, entry)).catch(() => undefined);
  }
}

/** The lock says that somebody is at it. */
function removeLocked(path: string): Promise<void> {
  return withLock(path, () => removeTree(path), { timeout: 0 });
}
