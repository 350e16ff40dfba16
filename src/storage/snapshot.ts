import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import { removeTree } from '../linux/remove-tree.ts';
import { discard, emptyRemoved, type Remover } from '../linux/removed.ts';
import type { MountInstruction } from './driver.ts';

/**
 * Makes the directory of the snapshot `key`, and lets `make` fill it. Throws SC_STORAGE_FAILED for a key
 * that is taken or no key, and when filling fails; then nothing is left.
 */
export async function makeSnapshot(
  store: string,
  key: string,
  make: (snapshot: string) => MountInstruction[] | Promise<MountInstruction[]>,
  remove: Remover = removeTree,
): Promise<MountInstruction[]> {
  const snapshot = snapshotDirectory(store, key);
  try {
    mkdirSync(snapshot, { mode: 0o700 });
  } catch (cause) {
    throw failure('SC_STORAGE_FAILED', `prepare snapshot "${key}"`, cause);
  }
  try {
    return await make(snapshot);
  } catch (cause) {
    const undo = await removeSnapshot(store, key, remove).then(
      () => [],
      (error: Error) => [error],
    );
    throw failure('SC_STORAGE_FAILED', `prepare snapshot "${key}"`, cause, undo);
  }
}

/** Its directory. */
export function openSnapshot(store: string, key: string): string {
  const snapshot = snapshotDirectory(store, key);
  if (existsSync(snapshot)) return snapshot;
  throw new ScError('SC_STORAGE_FAILED', `open snapshot "${key}": it is not there`, {
    errno: 'ENOENT',
    hint: 'delete the container, and make it anew',
  });
}

/** No effect where there is none. Whoever dies in the middle has at least taken it out of use. */
export async function removeSnapshot(
  store: string,
  key: string,
  remove: Remover = removeTree,
): Promise<void> {
  await discard(store, snapshotDirectory(store, key), remove);
  await emptyRemoved(store, key, remove);
}

/** Its directory, whether it is there or not. Throws SC_STORAGE_FAILED for what is no key. */
export function snapshotDirectory(store: string, key: string): string {
  // No leading dot: those names are the store's own.
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,199}$/.test(key)) return join(store, key);
  throw new ScError('SC_STORAGE_FAILED', `use ${JSON.stringify(key)} as the key of a snapshot: it is none`, {
    hint: 'a letter or digit, then letters, digits, "_", "." and "-", 200 at most',
  });
}
