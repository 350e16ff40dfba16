import { ScError } from '../../errors/error.ts';
import { faultOf } from '../../errors/fault.ts';
import type { Entry } from '../../image/content/entries.ts';
import { identify, isNamedBy } from '../../image/content/reference.ts';
import type { ContentStore } from '../../image/content/store.ts';
import type {
  ImageRemoveRequest,
  ImageRemoveResult,
  RemovedImage,
} from '../../schema/operations/image-remove.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { collectImages } from './collect.ts';
import type { ImageUsers } from './users.ts';

/** Entries that go by one reference. */
interface Removal {
  reference: string;
  entries: Entry[];
}

/**
 * Takes names from images, and removes images that have none left with all that belongs to no other. One that
 * containers stand on goes only by force, and then stays without a name as long as they do. Each is tried.
 */
export async function removeImages(
  { images, force = false }: ImageRemoveRequest,
  settings: Settings,
): Promise<ImageRemoveResult> {
  const place = await openWorkplace(settings);
  // A container that is gone stands on nothing.
  await finishAbandoned(place);
  const store = await place.images();
  const removals: Removal[] = [];
  const failures: ImageRemoveResult['failures'] = [];
  const ids = new Map<Entry, string[]>();
  let left: readonly Entry[] = [];
  const collected = await collectImages(place, (entries, users) => {
    left = entries;
    for (const entry of entries) ids.set(entry, store.idsOf(entry));
    for (const reference of new Set(images)) {
      try {
        const chosen = choose(left, reference, store, users, force);
        removals.push({ reference, entries: chosen });
        left = left.filter((entry) => !chosen.includes(entry));
      } catch (error) {
        if (!(error instanceof ScError)) throw error;
        failures.push({ reference, error: faultOf(error) });
      }
    }
    return removals.flatMap(({ entries }) => entries);
  });
  const stays = new Set(store.entries().flatMap((entry) => store.idsOf(entry)));
  const removed = removals.map(
    ({ reference, entries }): RemovedImage => ({
      reference,
      untagged: entries.flatMap(({ name }) => name ?? []),
      deleted: [...new Set(entries.flatMap((entry) => ids.get(entry) ?? []))].filter((id) => !stays.has(id)),
    }),
  );
  return { removed, failures, reclaimed: collected.bytes };
}

function choose(
  entries: readonly Entry[],
  reference: string,
  store: ContentStore,
  users: ImageUsers,
  force: boolean,
): Entry[] {
  const entry = identify(entries, reference, (one) => store.idsOf(one));
  const same = entries.filter(({ target }) => target.digest === entry.target.digest);
  const isByName = entry.name !== undefined && isNamedBy(reference, entry.name);
  // Another name is left: only this one goes.
  if (isByName && same.length > 1) return [entry];
  const names = same.flatMap(({ name }) => name ?? []);
  if (!force && names.length > 1)
    throw new ScError('SC_WRONG_STATE', `remove image "${reference}": it has ${names.length} names`, {
      hint: `name one of ${names.join(', ')}, or remove all of them with --force`,
    });
  const others = new Set(entries.filter((one) => !same.includes(one)).flatMap((one) => store.idsOf(one)));
  const lost = store.idsOf(entry).filter((id) => !others.has(id));
  const containers = lost.flatMap((id) => users.get(id) ?? []);
  if (!force && containers.length > 0) throw inUse(reference, containers);
  return same;
}

function inUse(reference: string, containers: readonly string[]): ScError {
  const [first = '', ...others] = containers;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return new ScError(
    'SC_WRONG_STATE',
    `remove image "${reference}": container "${first}"${more} stands on it`,
    {
      hint: `sc delete ${containers.slice(0, 5).join(' ')}\nsc image remove --force takes its name, and it goes when they do`,
    },
  );
}
