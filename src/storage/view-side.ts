import { closeSync } from 'node:fs';
import { posix } from 'node:path';
import { namesIn } from '../linux/directory.ts';
import type { Entry } from './difference.ts';
import { enterLayers, LowerSide } from './overlay/sides.ts';
import type { Side, SideNow } from './tree-changes.ts';

/** A directory of the host that is held. */
export interface HeldTree {
  /** Path of the tree that it is in. */
  tree: string;
  descriptor: number;
}

/** A stack whose trees are held. */
export interface HeldStack {
  target: string;
  trees: readonly HeldTree[];
}

/** Stands for what is nowhere. */
const NOTHING = {} as Entry;

/** One directory of a view: what its trees have there, topmost first. */
export class ViewSide implements SideNow {
  /** It names itself what is gone. */
  readonly isWhole = false;
  readonly #stacks: readonly HeldStack[];
  readonly #path: string;
  readonly #directories: readonly HeldTree[];
  readonly #merged: LowerSide;

  constructor(stacks: readonly HeldStack[], path = '/', directories = treesAt(stacks, path) ?? []) {
    this.#stacks = stacks;
    this.#path = path;
    this.#directories = directories;
    this.#merged = new LowerSide(directories.map(({ descriptor }) => descriptor));
  }

  get root(): Entry {
    return this.#merged.root;
  }

  /** All, or with the other view those in which the two may differ. */
  names(before?: Side): Buffer[] {
    if (!(before instanceof ViewSide)) return this.#merged.names();
    const others = new Set(before.#directories.map(({ tree }) => tree));
    const common = new Set(this.#directories.map(({ tree }) => tree).filter((tree) => others.has(tree)));
    const names = [...this.#namesOutside(common), ...before.#namesOutside(common)];
    return [...new Map(names.map((name) => [name.toString('latin1'), name])).values()].sort(Buffer.compare);
  }

  /** Those that trees have which only this view has here, and those at which another stack is seen. */
  #namesOutside(common: ReadonlySet<string>): Buffer[] {
    const own = this.#directories.filter(({ tree }) => !common.has(tree));
    const targets = this.#stacks.filter(
      ({ target }) => target !== '/' && posix.dirname(target) === this.#path,
    );
    return [
      ...own.flatMap(({ descriptor }) => namesIn(descriptor)),
      ...targets.map(({ target }) => Buffer.from(posix.basename(target), 'latin1')),
    ];
  }

  entry(name: Buffer): Entry | undefined {
    const trees = treesAt(this.#stacks, this.#pathOf(name));
    return trees === undefined ? this.#merged.entry(name) : new ViewSide(this.#stacks, '', trees).root;
  }

  enter(name: Buffer, walk: (side: ViewSide) => void): void {
    const { side, close } = this.open(name);
    try {
      walk(side);
    } finally {
      close();
    }
  }

  /** A directory in it, until it is closed. */
  open(name: Buffer): { side: ViewSide; close: () => void } {
    const path = this.#pathOf(name);
    const trees = treesAt(this.#stacks, path);
    if (trees !== undefined) return { side: this.inside(this.#stacks, path, trees), close: () => {} };
    const descriptors = this.#directories.map(({ descriptor }) => descriptor);
    const opened = enterLayers(descriptors, name).flatMap((descriptor, index) => {
      const tree = this.#directories[index]?.tree ?? '';
      return descriptor === undefined ? [] : [{ tree, descriptor }];
    });
    const close = () => {
      for (const { descriptor } of opened) closeSync(descriptor);
    };
    return { side: this.inside(this.#stacks, path, opened), close };
  }

  protected inside(stacks: readonly HeldStack[], path: string, directories: readonly HeldTree[]): ViewSide {
    return new ViewSide(stacks, path, directories);
  }

  isWhiteout(entry: Entry): boolean {
    return entry === NOTHING;
  }

  /** Who knows: the two have different pasts. */
  isWritten(): boolean {
    return true;
  }

  #pathOf(name: Buffer): string {
    return posix.join(this.#path, name.toString('latin1'));
  }
}

/** The later of two views: what is nowhere in it is gone. */
export class ViewSideNow extends ViewSide {
  override entry(name: Buffer): Entry {
    return super.entry(name) ?? NOTHING;
  }

  protected override inside(
    stacks: readonly HeldStack[],
    path: string,
    directories: readonly HeldTree[],
  ): ViewSideNow {
    return new ViewSideNow(stacks, path, directories);
  }
}

function treesAt(stacks: readonly HeldStack[], path: string): readonly HeldTree[] | undefined {
  return stacks.find(({ target }) => target === path)?.trees;
}
