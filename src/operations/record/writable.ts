import { posix } from 'node:path';
import type { Change, Changes } from '../../storage/driver.ts';

export interface Writable {
  /** Directories that were written to and hold no file of the image, so that they can begin empty. */
  paths: string[];
  /** Why the root filesystem as a whole cannot be read-only, each a clause. */
  obstacles: string[];
}

/**
 * Where a program has written. `made` are the paths that sc makes before each start, for mounts and as the
 * working directory; what is in them counts, they themselves do not.
 */
export function writableOf(changes: Changes, made: readonly string[]): Writable {
  const paths = new Set<string>();
  const obstacles = new Map<string, string>();
  for (const change of leaves(changes.list, made)) {
    const place = placeOf(change, changes, made);
    if (place === undefined) {
      obstacles.set(change.path, `"${change.path}" was ${change.kind} in "/" itself`);
    } else if (changes.imageHasFilesIn(place)) {
      obstacles.set(place, `"${place}" was written to, and has files of the image`);
    } else paths.add(place);
  }
  return { paths: [...paths].sort(), obstacles: [...obstacles.values()].sort() };
}

/** Without directories that only tell of what is in them, and of what sc has made. */
function leaves(list: readonly Change[], made: readonly string[]): Change[] {
  const kept: Change[] = [];
  const parents = new Set<string>();
  // What is in a directory stands behind it.
  for (const change of list.toReversed()) {
    const { path } = change;
    if (!parents.has(path) && !made.includes(path)) kept.push(change);
    parents.add(posix.dirname(path));
  }
  return kept.reverse();
}

/**
 * The directory that has to be writable: the innermost one that is there before the program is. A new directory
 * in `/` is named itself, since `/` cannot be.
 */
function placeOf(change: Change, { imageHas }: Changes, made: readonly string[]): string | undefined {
  const { path, kind, isDirectory } = change;
  // Something was made and taken away in it, or its owner, mode or time was changed.
  if (isDirectory && kind === 'modified') return path;
  let below = path;
  for (let place = posix.dirname(path); ; place = posix.dirname(place)) {
    if (place === '/') return below !== path || isDirectory ? below : undefined;
    if (imageHas(place) || made.includes(place)) return place;
    below = place;
  }
}
