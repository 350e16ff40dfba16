import { at, holding, namesIn, openDirectoryAt, statAt } from '../../linux/directory.ts';
import type { Entry } from '../difference.ts';
import type { SideNow } from '../tree-changes.ts';

/** A directory that has all of its own in it, held by a descriptor. */
export class TreeSide implements SideNow {
  readonly isWhole = true;
  readonly #directory: number;
  readonly #since: bigint;

  /** `since` is in nanoseconds since 1970: what was changed before is as it was made. */
  constructor(directory: number, since = 0n) {
    this.#directory = directory;
    this.#since = since;
  }

  get root(): Entry {
    const root = this.entry(Buffer.from('.'));
    if (root === undefined) throw new Error('a directory that is held is there');
    return root;
  }

  names(): Buffer[] {
    return namesIn(this.#directory);
  }

  entry(name: Buffer): Entry | undefined {
    const stats = statAt(this.#directory, name);
    return stats && { path: at(this.#directory, name), stats };
  }

  enter(name: Buffer, walk: (side: TreeSide) => void): void {
    holding(openDirectoryAt(this.#directory, name), (inside) => walk(new TreeSide(inside, this.#since)));
  }

  /** Nothing stands for what is gone. */
  isWhiteout(): boolean {
    return false;
  }

  isWritten({ stats }: Entry): boolean {
    return stats.ctimeNs >= this.#since;
  }
}
