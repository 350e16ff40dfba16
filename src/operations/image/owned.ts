import type { SourceDocument } from '../../document/source-document.ts';
import { ScError } from '../../errors/error.ts';
import type { Entry } from '../../image/content/entries.ts';
import { identify } from '../../image/content/reference.ts';
import type { ContentStore } from '../../image/content/store.ts';
import { nameOrNothing } from '../../image/format/name.ts';
import type { OwnedThing } from '../../plan/owned-things.ts';
import { isRunnable } from '../../plan/runnable.ts';
import { isOfSteps, partsOf } from '../../plan/steps.ts';
import type { Workplace } from '../workplace.ts';
import { collectImages } from './collect.ts';

/** Names that files have given to images, as `isOwn` tells by their paths, and that no document of these has or uses. */
export async function ownedImages(
  place: Workplace,
  documents: readonly SourceDocument[],
  isOwn: (file: string) => boolean,
): Promise<OwnedThing[]> {
  const images = await place.images();
  const entries = readable(images);
  const given = new Set(documents.flatMap(namesGiven));
  const used = [...new Set([...documents, ...partsOf(documents)].flatMap(referencesIn))];
  const found = entries.flatMap((entry) => {
    const { name, file } = entry;
    if (name === undefined || file === undefined || !isOwn(file) || given.has(name)) return [];
    return used.some((reference) => isMeant(reference, entry, images)) ? [] : [{ name, file, entry }];
  });
  if (found.length === 0) return [];
  const { containers, broken } = await place.store.list();
  // On which of them a container stands whose record cannot be read nobody knows.
  if (broken.length > 0) return [];
  return found.map(({ name, file, entry }) => {
    const ids = isNamedOtherwise(entry, entries) ? [] : images.idsOf(entry);
    const users = containers.filter(
      ({ spec: { image } }) => image.kind === 'image' && ids.includes(image.id),
    );
    return { kind: 'Image', name, file, users: users.map(({ id }) => id) };
  });
}

/**
 * Takes a name from an image, which goes where it has no other, with all that belongs to it alone. One that somebody has
 * come to stand on stays.
 */
export async function removeOwned(place: Workplace, name: string): Promise<void> {
  const images = await place.images();
  await collectImages(place, (entries, users) =>
    entries.filter(
      (entry) =>
        entry.name === name &&
        entry.file !== undefined &&
        (isNamedOtherwise(entry, entries) || !images.idsOf(entry).some((id) => users.has(id))),
    ),
  );
}

/** An index that is damaged is told by who needs it. */
function readable(images: ContentStore): readonly Entry[] {
  try {
    return images.entries();
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_STATE_CORRUPT') return [];
    throw error;
  }
}

function isNamedOtherwise({ name, target }: Entry, entries: readonly Entry[]): boolean {
  return entries.some((other) => other.target.digest === target.digest && other.name !== name);
}

function namesGiven({ value }: SourceDocument): string[] {
  if (value.kind !== 'Image') return [];
  const name = nameOrNothing(value.name ?? value.metadata.name);
  return name === undefined ? [] : [name];
}

/** What a step says of images stands in a field of its own each time: any text of it may be one. */
function referencesIn({ value }: SourceDocument): string[] {
  if (isRunnable(value)) return [value.image];
  return isOfSteps(value) ? textsIn(value.steps) : [];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function isMeant(reference: string, entry: Entry, images: ContentStore): boolean {
  try {
    identify([entry], reference, (one) => images.idsOf(one));
    return true;
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_NOT_FOUND') return false;
    throw error;
  }
}
