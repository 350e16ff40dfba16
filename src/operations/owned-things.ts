import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceDocument } from '../document/source-document.ts';
import type { OwnedThing } from '../plan/owned-things.ts';
import { storeOf } from '../volume/place.ts';
import type { Workplace } from './workplace.ts';

/**
 * Networks, volumes and images that files have made, as `isOwn` tells by their paths, and that no document names. What
 * tells of them is loaded only where there are any.
 */
export async function ownedThings(
  place: Workplace,
  documents: readonly SourceDocument[],
  isOwn: (file: string) => boolean,
): Promise<OwnedThing[]> {
  const { root } = place.settings;
  const kinds = [
    {
      directory: join(root, 'networks'),
      find: async () => (await import('./network/owned.ts')).ownedNetworks,
    },
    { directory: storeOf(root), find: async () => (await import('./volume/owned.ts')).ownedVolumes },
    { directory: join(root, 'images'), find: async () => (await import('./image/owned.ts')).ownedImages },
  ];
  const things: OwnedThing[] = [];
  for (const { directory, find } of kinds)
    if (existsSync(directory)) things.push(...(await (await find())(place, documents, isOwn)));
  return things;
}
