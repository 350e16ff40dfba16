import type { ImagePruneRequest, ImagePruneResult } from '../../schema/operations/image-prune.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { collectImages } from './collect.ts';

/**
 * Removes images without a name that no container stands on, with `all` those with names too, and blobs and unpacked
 * layers that belong to no image, such as those of a load that was killed.
 */
export async function pruneImages(
  { all = false }: ImagePruneRequest,
  settings: Settings,
): Promise<ImagePruneResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const store = await place.images();
  let ids: string[] = [];
  const collected = await collectImages(place, (entries, users) => {
    const unused = entries
      .filter(({ name }) => all || name === undefined)
      .map((entry) => ({ entry, ids: store.idsOf(entry) }))
      .filter((candidate) => !candidate.ids.some((id) => users.has(id)));
    ids = unused.flatMap((candidate) => candidate.ids);
    return unused.map(({ entry }) => entry);
  });
  const stays = new Set(store.entries().flatMap((entry) => store.idsOf(entry)));
  return {
    untagged: collected.entries.flatMap(({ name }) => name ?? []),
    deleted: [...new Set(ids)].filter((id) => !stays.has(id)),
    blobs: collected.blobs.length,
    layers: collected.layers.length,
    reclaimed: collected.bytes,
  };
}
