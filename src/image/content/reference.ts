import { ScError } from '../../errors/error.ts';
import { didYouMean } from '../../errors/near-misses.ts';
import { nameOrNothing } from '../format/name.ts';
import type { Entry } from './entries.ts';

/** Hex digits of an image's ID that are enough to be one, and those that are shown. */
const FEWEST_DIGITS = 3;
const SHOWN_DIGITS = 12;

/** The first hex digits of an image's ID, by which people know it. */
export function shortImageId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, SHOWN_DIGITS);
}

/**
 * The entry that a reference stands for, in this order: its exact name, its name with the digest of its image manifest
 * or index, where the tag does not count, its whole ID, the end of its name after a `/`, the beginning of its ID. A name
 * that looks like the ID of another image stands for neither. `idsOf` answers the IDs of the images of an entry, one for
 * each platform. Throws SC_NOT_FOUND, and SC_AMBIGUOUS with the candidates.
 */
export function identify(
  entries: readonly Entry[],
  reference: string,
  idsOf: (entry: Entry) => string[],
): Entry {
  const name = nameOrNothing(reference);
  const exact = entries.find(
    (entry) => entry.name !== undefined && (entry.name === name || entry.name === reference),
  );
  const digits = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(reference)?.[1] ?? '';
  const begins = (entry: Entry) => idsOf(entry).some((id) => id.startsWith(`sha256:${digits}`));
  const unmistaken = (entry: Entry, fewest: number): Entry => {
    const isOther = (other: Entry) => other.target.digest !== entry.target.digest && begins(other);
    const other = digits.length < fewest ? undefined : entries.find(isOther);
    if (other === undefined) return entry;
    throw mistakable(reference, entry, {
      id: idsOf(other).find((id) => id.includes(`:${digits}`)) ?? '',
      other,
    });
  };
  // Whoever gives fewer digits than are shown has no ID in mind that somebody could have known.
  if (exact !== undefined) return unmistaken(exact, SHOWN_DIGITS);
  const pinned = entries.find((entry) => isPinned(entry, reference));
  if (pinned !== undefined) return pinned;
  if (digits.length === 64) {
    const whole = entries.find(begins);
    if (whole !== undefined) return whole;
  }
  const ends = name === undefined ? [] : entries.filter((entry) => entry.name?.endsWith(`/${name}`));
  if (ends.length > 0)
    return unmistaken(
      only(ends, reference, (entry) => entry.name ?? ''),
      FEWEST_DIGITS,
    );
  const byId = digits.length < FEWEST_DIGITS ? [] : entries.filter(begins);
  if (byId.length > 0) {
    const images = [...new Map(byId.map((entry) => [entry.target.digest, entry])).values()];
    return only(
      images,
      reference,
      (entry) => `${idsOf(entry).map(shown(digits)).join(', ')} (${entry.name ?? 'no name'})`,
    );
  }
  const names = entries.flatMap((entry) => entry.name ?? []);
  throw new ScError('SC_NOT_FOUND', `no image "${reference}"${didYouMean(name ?? reference, names)}`, {
    hint: '`sc image list` lists the images, `sc image load` takes them from a file',
  });
}

/** Whether an entry is meant by a reference such as `base/web@sha256:...`. */
export function isPinned({ name, target }: Pick<Entry, 'name' | 'target'>, reference: string): boolean {
  const [, text = '', digest] = /^(.+)@(sha256:[0-9a-f]{64})$/.exec(reference) ?? [];
  const repository = withoutTag(nameOrNothing(text));
  if (digest !== target.digest || repository === undefined) return false;
  return `/${withoutTag(name)}`.endsWith(`/${repository}`);
}

function withoutTag(name: string | undefined): string | undefined {
  return name?.replace(/:[^:/]*$/, '');
}

/** Whether a reference that leads to an entry of this name does so by the name, and not by an ID. */
export function isNamedBy(reference: string, name: string): boolean {
  const given = nameOrNothing(reference);
  return given !== undefined && (name === given || name.endsWith(`/${given}`));
}

function only(entries: readonly Entry[], reference: string, words: (entry: Entry) => string): Entry {
  const [entry, ...others] = entries;
  if (entry !== undefined && others.length === 0) return entry;
  const candidates = entries.map(words).sort().join(', ');
  throw new ScError('SC_AMBIGUOUS', `"${reference}" fits ${entries.length} images: ${candidates}`, {
    hint: 'give the whole name, or more digits of the ID',
  });
}

/** Whoever takes images of others would else run one of them that was named so, in place of the one that he knows. */
function mistakable(
  reference: string,
  { name }: Entry,
  { id, other }: { id: string; other: Entry },
): ScError {
  const candidates = `${name}, and ${shortImageId(id)} (${other.name ?? 'no name'})`;
  return new ScError(
    'SC_AMBIGUOUS',
    `"${reference}" is a name and the beginning of another image's ID: ${candidates}`,
    { hint: `${name} stands for the one, sha256:${reference} for the other` },
  );
}

/** The short form is no help where that is what was given. */
function shown(digits: string): (id: string) => string {
  return (id) => (digits.length < SHOWN_DIGITS ? shortImageId(id) : id);
}
