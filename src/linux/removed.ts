import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { isErrno } from './descriptor.ts';
import { withLock } from './flock.ts';
import { makeDirectory } from './make-directory.ts';
import { removeTree } from './remove-tree.ts';

/** Deletes a directory with all that is in it, where it is there. */
export type Remover = (path: string) => Promise<void>;

const REMOVED = '.removed';

/** Ends the name of what is removed; no name of the store holds it. */
const SEPARATOR = '~';

/** Makes a store together with what `discard` needs, so that a full disk does not keep it from being emptied. */
export function makeStore(store: string): void {
  makeDirectory(join(store, REMOVED));
}

/**
 * Takes a directory of the store out of use in one step, so that it is never seen half deleted; where there
 * is no room for a name any more, it is deleted where it stands. No effect where there is none.
 */
export async function discard(store: string, path: string, remove: Remover = removeTree): Promise<void> {
  if (!existsSync(path)) return;
  try {
    makeStore(store);
    renameSync(path, join(store, REMOVED, basename(path) + SEPARATOR + randomUUID()));
  } catch (error) {
    if (isErrno(error, 'ENOSPC') || isErrno(error, 'EDQUOT')) await remove(path);
    else if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/** Deletes what others discarded and do not delete themselves, since they died; as far as that goes. */
export async function emptyAbandoned(store: string, remove: Remover = removeTree): Promise<void> {
  const removed = join(store, REMOVED);
  if (!existsSync(removed)) return;
  for (const entry of readdirSync(removed))
    await removeLocked(join(removed, entry), remove).catch(() => undefined);
}

/**
 * Deletes what was discarded of `name`, and throws SC_STORAGE_FAILED for what cannot be deleted of it. Then
 * does the same as `emptyAbandoned`.
 */
export async function emptyRemoved(store: string, name: string, remove: Remover = removeTree): Promise<void> {
  const removed = join(store, REMOVED);
  if (!existsSync(removed)) return;
  const ours = readdirSync(removed).filter((entry) => entry.startsWith(name + SEPARATOR));
  for (const entry of ours) {
    const path = join(removed, entry);
    await removeLocked(path, remove).catch((error) => {
      // Somebody took us for dead. Two may remove the same.
      if (error instanceof ScError && error.code === 'SC_LOCKED') return remove(path);
      if (!isErrno(error, 'ENOENT')) throw error;
    });
  }
  await emptyAbandoned(store, remove);
}

/** The lock says that somebody is at it. */
function removeLocked(path: string, remove: Remover): Promise<void> {
  return withLock(path, () => remove(path), { timeout: 0 });
}
