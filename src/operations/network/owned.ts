import type { SourceDocument } from '../../document/source-document.ts';
import type { OwnedThing } from '../../plan/owned-things.ts';
import { partsOf } from '../../plan/steps.ts';
import type { Workplace } from '../workplace.ts';
import { namedNetworks } from './facts.ts';
import { networksOf } from './found.ts';
import { networkUsers } from './users.ts';

/** Networks that files have made, as `isOwn` tells by their paths, and that no document of these names. */
export async function ownedNetworks(
  place: Workplace,
  documents: readonly SourceDocument[],
  isOwn: (file: string) => boolean,
): Promise<OwnedThing[]> {
  const named = new Set(
    [...documents, ...partsOf(documents)]
      .flatMap(({ value }) => namedNetworks(value))
      .map(({ name }) => name),
  );
  const found = networksOf(place)
    .list()
    .networks.flatMap(({ name, file }) =>
      file !== undefined && isOwn(file) && !named.has(name) ? [{ name, file }] : [],
    );
  if (found.length === 0) return [];
  const containers = await place.store.list();
  // To which of them a container is attached whose record cannot be read nobody knows.
  if (containers.broken.length > 0) return [];
  const users = networkUsers(containers);
  return found.map((network) => ({
    ...network,
    kind: 'Network',
    users: (users.get(network.name) ?? []).map(({ container }) => container.id),
  }));
}
