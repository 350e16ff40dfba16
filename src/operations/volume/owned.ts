import type { SourceDocument } from '../../document/source-document.ts';
import type { OwnedThing } from '../../plan/owned-things.ts';
import { partsOf } from '../../plan/steps.ts';
import type { Workplace } from '../workplace.ts';
import { namedVolumes } from './facts.ts';
import { volumeUsers } from './users.ts';

/** Volumes that files have made, as `isOwn` tells by their paths, and that no document of these names. */
export async function ownedVolumes(
  place: Workplace,
  documents: readonly SourceDocument[],
  isOwn: (file: string) => boolean,
): Promise<OwnedThing[]> {
  const named = new Set([...documents, ...partsOf(documents)].flatMap(namedVolumes));
  const found = (await place.volumes())
    .list()
    .volumes.flatMap(({ spec: { name }, file }) =>
      file !== undefined && isOwn(file) && !named.has(name) ? [{ name, file }] : [],
    );
  if (found.length === 0) return [];
  const containers = await place.store.list();
  // Which of them a container mounts whose record cannot be read nobody knows.
  if (containers.broken.length > 0) return [];
  const users = volumeUsers(containers);
  return found.map((volume) => ({
    ...volume,
    kind: 'Volume',
    users: (users.get(volume.name) ?? []).map(({ id }) => id),
  }));
}
