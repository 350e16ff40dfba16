import { splitPath } from '../../linux/merged-layers.ts';
import { Flaw } from '../tar/flaw.ts';
import type { LayerLimits } from './limits.ts';

/** Longest name in a directory (limits.h). */
const NAME_MAX = 255;

/** A name that begins so takes away what has the rest of it as its name (image-spec, layer.md, "Whiteouts"). */
export const WHITEOUT_PREFIX = '.wh.';
export const OPAQUE_MARKER = '.wh..wh..opq';
/** What else begins so is bookkeeping of aufs, from which whiteouts come, and no content. */
const BOOKKEEPING = '.wh..wh.';

/** What the path of an entry asks for. Names are below the root, their code units bytes; none is the root itself. */
export type EntryName =
  | { kind: 'content'; names: string[] }
  /** `names` are of what is taken away. */
  | { kind: 'whiteout'; names: string[] }
  /** `names` are of the directory in which nothing of lower layers shows. */
  | { kind: 'opaque'; names: string[] }
  | { kind: 'bookkeeping' };

/** Throws Flaw. */
export function readEntryName(path: Buffer, limits: LayerLimits): EntryName {
  const names = readNames(path, limits);
  const parents = names.slice(0, -1);
  const last = names.at(-1) ?? '';
  if (names.some((name) => name.startsWith(BOOKKEEPING) && name !== OPAQUE_MARKER))
    return { kind: 'bookkeeping' };
  if (parents.some((name) => name.startsWith(WHITEOUT_PREFIX)))
    throw new Flaw('it is below a whiteout, which is no directory');
  if (last === OPAQUE_MARKER) return { kind: 'opaque', names: parents };
  if (!last.startsWith(WHITEOUT_PREFIX)) return { kind: 'content', names: checkLengths(names) };
  const victim = last.slice(WHITEOUT_PREFIX.length);
  if (victim === '' || victim === '.' || victim === '..') throw new Flaw('it is a whiteout of no name');
  return { kind: 'whiteout', names: checkLengths([...parents, victim]) };
}

/** The names of a path of the tar, which is below the root whether it begins with a slash or not. Throws Flaw. */
export function readNames(path: Buffer, limits: LayerLimits): string[] {
  if (path.length === 0) throw new Flaw('it has no name');
  if (path.includes(0)) throw new Flaw('its name has a NUL');
  if (path.length > limits.pathLength) throw new Flaw(`its path has more than ${limits.pathLength} bytes`);
  const names = splitPath(path);
  if (names.includes('..')) throw new Flaw('its path has ".."');
  if (names.length > limits.depth) throw new Flaw(`it is more than ${limits.depth} directories deep`);
  return names;
}

function checkLengths(names: string[]): string[] {
  if (names.some((name) => name.length > NAME_MAX)) throw new Flaw(`a name has more than ${NAME_MAX} bytes`);
  return names;
}
