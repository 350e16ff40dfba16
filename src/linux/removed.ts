import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isErrno } from './descriptor.ts';
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
 * Deletes what was discarded, also by those who died before they had deleted it. Throws SC_STORAGE_FAILED
 * for what cannot be deleted of `name`; other things that cannot are left to who asks for them.
 */
export async function emptyRemoved(store: string, name?: string): Promise<void> {
  const removed = join(store, '.removed');
  if (!existsSync(removed)) return;
  for (const entry of readdirSync(removed)) {
    const isWanted = name !== undefined && entry.startsWith(name + SEPARATOR);
    const removal = removeTree(join(removed, entry));
    await (isWanted ? removal : removal.catch(() => undefined));
  }
}
