import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bootId } from '../../linux/boot.ts';
import { makeDirectory } from '../../linux/make-directory.ts';
import { removeTree } from '../../linux/remove-tree.ts';
import { discard } from '../../linux/removed.ts';
import type { HostView } from './host-view.ts';
import { buildSkeleton } from './skeleton.ts';

const SKELETONS = '.skeletons';
const UNFINISHED = '.unfinished';

/** In a snapshot: a link to the skeleton that it stands on. */
const RECORD = 'skeleton';

/** Counts the changes of how a skeleton is made, so that none made otherwise is used. */
const VERSION = '2';

/**
 * The skeleton for a view of the host: the one that is there, or a new one, and then those that no
 * snapshot stands on are discarded, for the next removal to delete. It is recorded in `snapshot`. Only for the
 * holder of the store's lock.
 */
export async function provideSkeleton(store: string, snapshot: string, view: HostView): Promise<string> {
  const skeletons = join(store, SKELETONS);
  const skeleton = join(skeletons, nameOf(view));
  // Of a snapshot that is opened again, maybe after the next boot.
  rmSync(join(snapshot, RECORD), { force: true });
  symlinkSync(join('..', SKELETONS, basename(skeleton)), join(snapshot, RECORD));
  if (existsSync(skeleton)) return skeleton;

  makeDirectory(skeletons);
  const unfinished = join(skeletons, UNFINISHED);
  // Of one who was killed while making it: the lock was his.
  await removeTree(unfinished);
  try {
    buildSkeleton(unfinished, view);
    renameSync(unfinished, skeleton);
  } catch (error) {
    await removeTree(unfinished);
    throw error;
  }

  const used = recorded(store);
  for (const name of readdirSync(skeletons)) {
    if (!used.has(name)) await discard(store, join(skeletons, name));
  }
  return skeleton;
}

/** The one that a snapshot stands on. */
export function skeletonOf(snapshot: string): string {
  return join(dirname(snapshot), SKELETONS, basename(readlinkSync(join(snapshot, RECORD))));
}

/** Removes the skeleton that somebody was killed in the middle of. Only for the holder of the store's lock. */
export function removeUnfinished(store: string): Promise<void> {
  return hasUnfinished(store) ? removeTree(join(store, SKELETONS, UNFINISHED)) : Promise.resolve();
}

export function hasUnfinished(store: string): boolean {
  return existsSync(join(store, SKELETONS, UNFINISHED));
}

/** Another one after each boot: skeletons are not synced, and a loss of power may have torn an old one. */
function nameOf(view: HostView): string {
  return createHash('sha256').update(`${VERSION} ${bootId()} ${view.fingerprint}`).digest('hex');
}

/** Names of the skeletons that snapshots stand on. */
function recorded(store: string): Set<string> {
  const names = new Set<string>();
  for (const key of readdirSync(store)) {
    try {
      names.add(basename(readlinkSync(join(store, key, RECORD))));
    } catch {
      // A snapshot of a directory, or one that is just being removed.
    }
  }
  return names;
}
