import { closeSync } from 'node:fs';
import { openMergedNames, resolveMerged, splitPath } from '../linux/merged-layers.ts';
import { openUncovered } from '../linux/uncovered.ts';
import type { Change } from './driver.ts';
import { hiddenBelow } from './hidden.ts';
import type { Stack } from './stack.ts';
import { compareTrees } from './tree-changes.ts';
import { type HeldStack, type HeldTree, ViewSide, ViewSideNow } from './view-side.ts';

/** What is seen of a container or an image, as long as it is held. Nothing is mounted for that. */
export class View {
  readonly stacks: readonly HeldStack[];

  constructor(stacks: readonly HeldStack[]) {
    this.stacks = stacks;
  }

  /** Opens (O_PATH) what a path stands for; no link is followed. The receiver closes it. Undefined where nothing is. */
  open(path: Buffer): number | undefined {
    const names = splitPath(path);
    const { target, trees } = this.#stackOf(names);
    const inside = names.slice(splitPath(Buffer.from(target)).length);
    const roots = trees.map(({ descriptor }) => descriptor);
    return openMergedNames(roots, inside.length === 0 ? ['.'] : inside);
  }

  /** Paths of all that is in it, itself first, each directory before what is in it. */
  *paths(): Generator<Buffer> {
    yield Buffer.from('/');
    yield* pathsIn(new ViewSide(this.stacks), '');
  }

  /** The path without links; as it is where there is nothing. */
  resolve(path: string): string {
    const names = resolveMerged(
      this.#stackOf([]).trees.map(({ descriptor }) => descriptor),
      path,
    );
    return names === undefined ? path : `/${Buffer.from(names.join('/'), 'latin1').toString()}`;
  }

  #stackOf(names: readonly string[]): HeldStack {
    const path = `/${names.join('/')}/`;
    const isThere = ({ target }: HeldStack) => path.startsWith(target === '/' ? '/' : `${target}/`);
    return this.stacks.findLast(isThere) ?? { target: '/', trees: [] };
  }
}

/**
 * What of one is another in the other, by the bytes of paths; `hidden`, and what every container is given, are left
 * out where it is there. What is in trees that both stand on counts only where something else covers it: how much that
 * is does not matter.
 */
export function compareViews(before: View, now: View, hidden: readonly string[] | undefined): Change[] {
  const isHidden = hidden === undefined ? () => false : hiddenBelow(hidden);
  const { list } = compareTrees('/', new ViewSide(before.stacks), new ViewSideNow(now.stacks), isHidden);
  return list.sort((left, right) => Buffer.compare(left.path, right.path));
}

/** Looks at stacks of trees, each as it is below what is mounted over it. */
export async function withView<Result>(
  stacks: readonly Stack[],
  look: (view: View) => Result | Promise<Result>,
): Promise<Result> {
  const held: HeldTree[] = [];
  const hold = (tree: string): HeldTree => {
    const directory = { tree, descriptor: openUncovered(tree) };
    held.push(directory);
    return directory;
  };
  try {
    return await look(new View(stacks.map(({ target, trees }) => ({ target, trees: trees.map(hold) }))));
  } finally {
    for (const { descriptor } of held) closeSync(descriptor);
  }
}

function* pathsIn(side: ViewSide, path: string): Generator<Buffer> {
  for (const name of side.names()) {
    const inside = `${path}/${name.toString('latin1')}`;
    yield Buffer.from(inside, 'latin1');
    if (!side.entry(name)?.stats.isDirectory()) continue;
    const { side: directory, close } = side.open(name);
    try {
      yield* pathsIn(directory, inside);
    } finally {
      close();
    }
  }
}
