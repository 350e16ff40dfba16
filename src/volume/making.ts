import { constants, existsSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../linux/atomic-file.ts';
import { holding } from '../linux/directory.ts';
import { withLock } from '../linux/flock.ts';
import { removeTree } from '../linux/remove-tree.ts';
import { discard, emptyAbandoned, makeStore } from '../linux/removed.ts';
import { syncfs } from '../linux/syncfs.ts';
import { beginUnfinished, isAbandoned, isUnfinished } from '../linux/unfinished.ts';
import { makeRoot } from '../state/root.ts';

interface Steps {
  /** Says whether it can be at all, before anything is made. */
  begin?: () => void;
  /** Makes it in an empty directory that nobody else sees. */
  make: (place: string) => Promise<void>;
  /** Puts it into its place by one rename, while no other comes or goes. */
  finish: (place: string) => void;
}

interface Where {
  root: string;
  store: string;
}

/** What has no name. */
export interface Nameless {
  /** Its directory. */
  place: string;
  /** Removes what is still in its place. */
  letGo: () => Promise<void>;
}

/**
 * Makes something in a store of volumes, so that it is there as a whole and on the disk, or not at all. Throws what the
 * steps throw.
 */
export async function makeIn(where: Where, { finish, ...steps }: Steps): Promise<void> {
  const { store } = where;
  const { place, letGo } = await makeNameless(where, steps);
  try {
    await withLock(store, () => {
      finish(place);
      syncDirectory(store);
    });
  } finally {
    // What is whole has another name by now.
    await letGo();
  }
}

/** The same without a name, until it is let go; of one that a killed process has had nothing is left by the next. */
export async function makeNameless(
  { root, store }: Where,
  { begin, make }: Omit<Steps, 'finish'>,
): Promise<Nameless> {
  makeRoot(root);
  makeStore(store);
  const { place, release } = await withLock(store, () => {
    begin?.();
    return beginUnfinished(store);
  });
  const letGo = () => removeTree(place).finally(release);
  try {
    await make(place);
    // Before it has its name: no loss of power may leave one of which a part is missing.
    holding(openSync(place, constants.O_RDONLY | constants.O_DIRECTORY), syncfs);
    return { place, letGo };
  } catch (error) {
    await letGo();
    throw error;
  }
}

/** Removes what those who died have left half made or half removed. Throws SC_LOCKED while somebody has the lock. */
export async function tidyStore(store: string): Promise<void> {
  if (!existsSync(store)) return;
  const abandoned = () =>
    readdirSync(store)
      .filter(isUnfinished)
      .map((name) => join(store, name))
      .filter(isAbandoned);
  const clear = async () => {
    for (const place of abandoned()) await discard(store, place);
  };
  // A new one is locked before the lock of all is free again.
  if (abandoned().length > 0) await withLock(store, clear, { timeout: 0 });
  await emptyAbandoned(store);
}
