import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { Catalogue } from './catalogue.ts';
import { isName, shortId } from './id.ts';

/**
 * The ID that a name, an ID or the beginning of an ID stands for, in this order. Throws SC_NOT_FOUND, and
 * SC_AMBIGUOUS with the candidates.
 */
export function identify(catalogue: Catalogue, reference: string): string {
  const holder = isName(reference) ? catalogue.holder(reference) : undefined;
  if (holder !== undefined) return holder;
  if (catalogue.has(reference)) return reference;
  const candidates = /^[0-9a-f]{1,63}$/.test(reference)
    ? catalogue.ids().filter((id) => id.startsWith(reference))
    : [];
  const [id, ...others] = candidates;
  if (id === undefined) throw notFound(catalogue, reference);
  if (others.length > 0) throw ambiguous(catalogue, reference, candidates);
  return id;
}

export function notFound(catalogue: Catalogue, reference: string): ScError {
  const names = catalogue.names.all();
  return new ScError('SC_NOT_FOUND', `no container "${reference}"${didYouMean(reference, names)}`, {
    hint: '`sc ps --all` lists the containers',
  });
}

function ambiguous(catalogue: Catalogue, reference: string, ids: readonly string[]): ScError {
  const names = new Map(catalogue.names.all().map((name) => [catalogue.names.holder(name), name]));
  // The short form is no help where that is what was given.
  const shown = ids.map(
    (id) => `${reference.length < 12 ? shortId(id) : id} (${names.get(id) ?? 'no name'})`,
  );
  return new ScError(
    'SC_AMBIGUOUS',
    `"${reference}" fits ${ids.length} containers: ${shown.sort().join(', ')}`,
    {
      hint: 'give the name, or more digits of the ID',
    },
  );
}
