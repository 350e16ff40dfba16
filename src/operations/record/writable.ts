import { posix } from 'node:path';
import type { Change, Changes } from '../../storage/driver.ts';

/** A directory that was written to and has no file of the image, so that it can begin empty. */
export interface WritablePath {
  path: string;
  /** Bytes that were in it at the end. */
  size: number;
  /** Whether programs are among the files that were written. */
  hasPrograms: boolean;
}

export interface Writable {
  paths: WritablePath[];
  /** Why the root filesystem as a whole cannot be read-only, each a clause. */
  obstacles: string[];
}

/**
 * Where a program has written. `made` are the paths that sc makes before each start, for mounts and as the
 * working directory; what is in them counts, they themselves do not.
 */
export function writableOf(changes: Changes, made: readonly string[]): Writable {
  const paths = new Map<string, WritablePath>();
  const obstacles = new Set<string>();
  for (const change of leaves(written(changes, made), made)) {
    const place = placeOf(change, changes, made);
    if (typeof place === 'object') obstacles.add(place.obstacle);
    else if (changes.imageHasFilesIn(place)) {
      obstacles.add(
        `"${place}" was written to, and has files of the image that an empty directory would hide`,
      );
    } else {
      const { size, hasPrograms } = paths.get(place) ?? { size: 0, hasPrograms: false };
      paths.set(place, {
        path: place,
        size: size + change.size,
        hasPrograms: hasPrograms || change.isProgram,
      });
    }
  }
  const byPath = (left: WritablePath, right: WritablePath) => (left.path < right.path ? -1 : 1);
  return { paths: [...paths.values()].sort(byPath), obstacles: [...obstacles].sort() };
}

/** A change whose path is in words: a program that writes elsewhere than UTF-8 says is not what is recorded. */
interface Written extends Omit<Change, 'path'> {
  path: string;
}

/**
 * What was changed, and where something was made or taken away, but where sc itself may have done so; a directory
 * before what is in it.
 */
function written({ list, touched }: Changes, made: readonly string[]): Written[] {
  const changed = list.map((change) => ({ ...change, path: change.path.toString() }));
  const known = new Set([...changed.map(({ path }) => path), ...made.map((path) => posix.dirname(path))]);
  const directories = touched
    .map((path) => path.toString())
    .filter((path) => !known.has(path))
    .map((path): Written => ({ path, kind: 'modified', isDirectory: true, size: 0, isProgram: false }));
  return [...changed, ...directories].sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Without directories that only tell of what is in them, and of what sc has made. */
function leaves(list: readonly Written[], made: readonly string[]): Written[] {
  const kept: Written[] = [];
  const parents = new Set<string>();
  // What is in a directory stands behind it.
  for (const change of list.toReversed()) {
    const { path } = change;
    if (!parents.has(path) && !made.includes(path)) kept.push(change);
    parents.add(posix.dirname(path));
  }
  return kept.reverse();
}

/** The directory that has to be writable: the innermost one that is there before the program is. */
function placeOf(
  { path, kind, isDirectory }: Written,
  { imageHas }: Changes,
  made: readonly string[],
): string | { obstacle: string } {
  // Something was made and taken away in it, or its owner, mode or time was changed.
  if (isDirectory && kind === 'modified') return path;
  let below = path;
  for (let place = posix.dirname(path); place !== '/'; place = posix.dirname(place)) {
    if (imageHas(place) || made.includes(place)) return place;
    below = place;
  }
  if (below === path && !isDirectory) return { obstacle: `"${path}" was ${kind} in "/" itself` };
  // Not every program that makes a directory bears that it is there already.
  return { obstacle: `"${below}" was made in "/" itself; as a writable path it would be there at the start` };
}
