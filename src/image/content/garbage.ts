import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isIndexType } from '../format/media-types.ts';
import { descriptorOf, type Entry, entriesOf, readStoredIndex } from './entries.ts';
import { blobsOf, type Documents, documentsOf } from './image.ts';
import type { ContentLayout } from './layout.ts';

export interface Collection {
  /** IDs of images that containers stand on: asked for when nobody can make one any more. */
  used: () => Iterable<string> | Promise<Iterable<string>>;
  /** Whether an entry is to go. One that is used stays, without its name. */
  forget?: (entry: Entry) => boolean;
  /** Is told what stays, when the rest has gone and still nobody can write. */
  afterwards?: (kept: readonly Entry[]) => void | Promise<void>;
}

export interface Collected {
  /** Entries that have gone, or lost their names. */
  entries: Entry[];
  /** Digests of blobs that have gone. */
  blobs: string[];
  /** What they took on the disk. */
  bytes: number;
}

/** Only for the holder of both locks. Throws, and removes nothing, where an entry that stays cannot be read. */
export async function collect(
  store: Documents & { idsOf(entry: Entry): string[] },
  layout: ContentLayout,
  { used, forget = () => false, afterwards = () => undefined }: Collection,
): Promise<Collected> {
  const usedIds = new Set(await used());
  const index = readStoredIndex(layout.index);
  const entries = entriesOf(index);
  const forgotten = entries.filter(forget);
  const stays = entries.filter((entry) => !forgotten.includes(entry));
  const nameless = forgotten
    .filter((entry) => store.idsOf(entry).some((id) => usedIds.has(id)))
    .map(({ target }) => ({ name: undefined, target }))
    .filter(
      ({ target }, place, all) => all.findIndex((other) => other.target.digest === target.digest) === place,
    )
    .filter(({ target }) => !stays.some((other) => other.target.digest === target.digest));
  const kept: Entry[] = [...stays, ...nameless];
  const reached = new Set(kept.flatMap(({ target }) => reachedFrom(store, target)));
  if (forgotten.length > 0) {
    layout.writeIndex({ ...index, manifests: kept.map(descriptorOf) });
  }
  layout.clearIncoming();
  const swept = sweep(layout, reached);
  await afterwards(kept);
  return { entries: forgotten, ...swept };
}

function reachedFrom(store: Documents, target: Entry['target']): string[] {
  return documentsOf(store, target).flatMap((document) => {
    const blobs = isIndexType(document.mediaType) ? [document] : blobsOf(store, document);
    return blobs.map(({ digest }) => digest);
  });
}

function sweep(layout: ContentLayout, reached: ReadonlySet<string>): Pick<Collected, 'blobs' | 'bytes'> {
  const blobs: string[] = [];
  let bytes = 0;
  for (const name of layout.blobNames()) {
    if (reached.has(`sha256:${name}`)) continue;
    const path = join(layout.blobs, 'sha256', name);
    bytes += lstatSync(path).blocks * 512;
    rmSync(path, { recursive: true, force: true });
    blobs.push(`sha256:${name}`);
  }
  return { blobs, bytes };
}
