import { closeSync } from 'node:fs';
import { at, holding, namesIn, openDirectoryAt, statAt } from '../../linux/directory.ts';
import { isOpaque, isWhiteout } from '../../linux/merged-layers.ts';
import type { Entry } from '../difference.ts';
import type { Side, SideNow } from '../tree-changes.ts';

/** What the layers below show together: descriptors of their directories at one place, topmost first. */
export class LowerSide implements Side {
  readonly #directories: readonly number[];

  constructor(directories: readonly number[]) {
    this.#directories = directories;
  }

  /** Of the topmost layer. */
  get root(): Entry {
    const [topmost = -1] = this.#directories;
    return entryIn(topmost, Buffer.from('.')) ?? nothing();
  }

  names(): Buffer[] {
    const names = new Map<string, Buffer>();
    for (const directory of this.#directories)
      for (const name of namesIn(directory)) names.set(name.toString('latin1'), name);
    return [...names.values()].filter((name) => this.entry(name) !== undefined).sort(Buffer.compare);
  }

  entry(name: Buffer): Entry | undefined {
    for (const directory of this.#directories) {
      const entry = entryIn(directory, name);
      if (entry !== undefined) return isWhiteout(entry.stats) ? undefined : entry;
    }
    return undefined;
  }

  enter(name: Buffer, walk: (side: Side) => void): void {
    const opened = enterLayers(this.#directories, name);
    try {
      walk(new LowerSide(opened.filter((directory) => directory !== undefined)));
    } finally {
      for (const directory of opened) if (directory !== undefined) closeSync(directory);
    }
  }
}

/** Opens (O_PATH) what a directory of each layer, topmost first, has of one that is in them; undefined where it has none. */
export function enterLayers(directories: readonly number[], name: Buffer): (number | undefined)[] {
  const opened: (number | undefined)[] = [];
  try {
    for (const [index, directory] of directories.entries()) {
      const stats = statAt(directory, name);
      // It hides what is below, as a directory does that is marked so.
      if (stats !== undefined && !stats.isDirectory()) break;
      const inside = stats && openDirectoryAt(directory, name);
      opened.push(inside);
      if (inside !== undefined && index + 1 < directories.length && isOpaque(inside)) break;
    }
    return opened;
  } catch (error) {
    for (const directory of opened) if (directory !== undefined) closeSync(directory);
    throw error;
  }
}

/** What a container has written into a directory, and nothing else is in it. */
export class UpperSide implements SideNow {
  readonly isWhole: boolean;
  readonly #directory: number;

  constructor(directory: number, isWhole = false) {
    this.#directory = directory;
    this.isWhole = isWhole;
  }

  get root(): Entry {
    return entryIn(this.#directory, Buffer.from('.')) ?? nothing();
  }

  names(): Buffer[] {
    return namesIn(this.#directory);
  }

  entry(name: Buffer): Entry | undefined {
    return entryIn(this.#directory, name);
  }

  enter(name: Buffer, walk: (side: SideNow) => void): void {
    holding(openDirectoryAt(this.#directory, name), (inside) => {
      // In one that is whole nothing of what is below shows, and the kernel marks nothing any more.
      walk(new UpperSide(inside, this.isWhole || isOpaque(inside)));
    });
  }

  isWhiteout({ stats }: Entry): boolean {
    return isWhiteout(stats);
  }

  /** It is here because it was. */
  isWritten(): boolean {
    return true;
  }
}

function entryIn(directory: number, name: Buffer): Entry | undefined {
  const stats = statAt(directory, name);
  return stats && { path: at(directory, name), stats };
}

function nothing(): never {
  throw new Error('a directory that is held is there');
}
