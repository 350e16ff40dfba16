import { chmodSync, chownSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { failure } from '../../errors/reason.ts';
import { discard, emptyRemoved } from '../../linux/removed.ts';
import type { MountInstruction } from '../driver.ts';

/**
 * Makes the directory of the snapshot `key`, and lets `make` fill it. Throws SC_STORAGE_FAILED for a key
 * that is taken or no key, and when filling fails; then nothing is left.
 */
export async function makeSnapshot(
  store: string,
  key: string,
  make: (snapshot: string) => MountInstruction[] | Promise<MountInstruction[]>,
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
    const undo = await removeSnapshot(store, key).then(
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
export async function removeSnapshot(store: string, key: string): Promise<void> {
  await discard(store, snapshotDirectory(store, key));
  await emptyRemoved(store, key);
}

/**
 * Makes an upper and a work directory for an overlay on `target` over a directory of the host. The upper
 * directory becomes `target` itself, so it gets the mode and owner of the lower one,
 * at first: one that is there is the container's own.
 */
export function addOverlay(snapshot: string, target: string, lower: string): MountInstruction {
  const upper = join(snapshot, target, 'upper');
  const work = join(snapshot, target, 'work');
  const overlay: MountInstruction = { type: 'overlay', target, lower: [lower], upper, work };
  if (existsSync(upper)) return overlay;
  for (const path of [work, upper]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const { mode, uid, gid } = statSync(lower);
  // In this order: a change of the owner takes the setuid and setgid bits away.
  chownSync(upper, uid, gid);
  chmodSync(upper, mode & 0o7777);
  return overlay;
}

function snapshotDirectory(store: string, key: string): string {
  // No leading dot: those names are the store's own.
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,199}$/.test(key)) return join(store, key);
  throw new ScError('SC_STORAGE_FAILED', `use ${JSON.stringify(key)} as the key of a snapshot: it is none`, {
    hint: 'a letter or digit, then letters, digits, "_", "." and "-", 200 at most',
  });
}
