import { ScError } from '../../errors/error.ts';
import type { Entry } from '../../image/content/entries.ts';
import type { Collected, Collection } from '../../image/content/garbage.ts';
import type { ContentStore } from '../../image/content/store.ts';
import { hexOf } from '../../image/format/digest.ts';
import type { Layered } from '../../storage/driver.ts';
import type { Workplace } from '../workplace.ts';
import { certainUsers, type ImageUsers } from './users.ts';

/** What has gone, unpacked layers too. */
export interface Reclaimed extends Collected {
  /** Keys of layers. */
  layers: string[];
}

/**
 * Removes the entries that `choose` answers and then all blobs and unpacked layers that nothing reaches. It is asked when
 * nobody can write, load or remove an image any more, with the containers that stand on images.
 */
export async function collectImages(
  place: Workplace,
  choose: (entries: readonly Entry[], users: ImageUsers) => readonly Entry[],
): Promise<Reclaimed> {
  const store = await place.images();
  const storage = await place.layered();
  let chosen: readonly Entry[] = [];
  const layers: string[] = [];
  const collection: Collection = {
    used: async () => {
      const users = certainUsers(await place.store.list());
      chosen = choose(store.entries(), users);
      return users.keys();
    },
    forget: ({ name, target }) =>
      chosen.some((entry) => entry.name === name && entry.target.digest === target.digest),
    afterwards: async (kept) => {
      const needed = keysOf(store, kept);
      if (needed !== undefined) layers.push(...(await removeLayers(storage, needed)));
    },
  };
  const collected = (await store.collect(collection)) ?? { entries: [], blobs: [], bytes: 0 };
  await storage.tidy().catch(ignoreLocked);
  return { ...collected, layers };
}

/** Keys of all layers of entries; undefined where a config is damaged, which alone says which they are. */
function keysOf(store: ContentStore, entries: readonly Entry[]): Set<string> | undefined {
  try {
    const layers = entries.flatMap((entry) => store.images(entry)).flatMap((image) => image.layers);
    return new Set(layers.map(({ chainId }) => hexOf(chainId)));
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_BAD_IMAGE') return undefined;
    throw error;
  }
}

/** One goes only when nothing stands on it any more: neither a container nor another layer, which may go first. */
async function removeLayers(storage: Layered, needed: ReadonlySet<string>): Promise<string[]> {
  const removed: string[] = [];
  for (let last = -1; last < removed.length; ) {
    last = removed.length;
    for (const key of storage.layers()) {
      if (needed.has(key)) continue;
      if (await isRemoved(storage, key)) removed.push(key);
    }
  }
  return removed;
}

async function isRemoved(storage: Layered, key: string): Promise<boolean> {
  try {
    await storage.removeLayer(key);
    return true;
  } catch (error) {
    if (error instanceof ScError && error.errno === 'EBUSY') return false;
    throw error;
  }
}

function ignoreLocked(error: unknown): void {
  if (!(error instanceof ScError) || error.code !== 'SC_LOCKED') throw error;
}
