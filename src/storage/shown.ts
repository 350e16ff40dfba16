import { closeSync } from 'node:fs';
import { openRoot } from '../linux/directory.ts';
import { resolveMerged, splitPath } from '../linux/merged-layers.ts';
import type { Rootfs } from './driver.ts';
import { enterLayers } from './overlay/sides.ts';
import { type Stack, stacksOf } from './stack.ts';

/** A directory of a root filesystem, as long as it is held. */
export interface Shown {
  /** Without links, from `/` on; bytes as code units ("latin1"). */
  path: string;
  /** Directories of the host that are shown there together, each covering those behind it. */
  directories: readonly number[];
  /** Whether overlay would show them, and marks of its own in them are no content. */
  isOverlay: boolean;
}

/**
 * Looks at a directory of a root filesystem, to which links lead as they do inside; nothing is mounted for that.
 * Undefined where there is none.
 */
export function withShown<Result>(
  rootfs: Rootfs,
  path: string,
  look: (shown: Shown) => Result,
): Result | undefined {
  const stacks = stacksOf(rootfs);
  const names =
    withTrees(stackAt(stacks, []), (roots) => resolveMerged(roots, path)) ?? splitPath(Buffer.from(path));
  const stack = stackAt(stacks, names);
  const inside = names.slice(splitPath(Buffer.from(stack.target)).length);
  return withTrees(stack, (roots) =>
    descend(roots, inside, (directories) =>
      directories.length === 0
        ? undefined
        : look({ path: `/${names.join('/')}`, directories, isOverlay: stack.trees.length > 1 }),
    ),
  );
}

function stackAt(stacks: readonly Stack[], names: readonly string[]): Stack {
  const path = `/${names.join('/')}/`;
  const isThere = ({ target }: Stack) => path.startsWith(target === '/' ? '/' : `${target}/`);
  return stacks.findLast(isThere) ?? { target: '/', trees: [] };
}

function withTrees<Result>({ trees }: Stack, act: (roots: readonly number[]) => Result): Result {
  const roots: number[] = [];
  try {
    for (const tree of trees) roots.push(openRoot(tree));
    return act(roots);
  } finally {
    for (const root of roots) closeSync(root);
  }
}

/** From one directory to the next, so that what hides others on the way does. */
function descend<Result>(
  directories: readonly number[],
  [name, ...others]: readonly string[],
  act: (directories: readonly number[]) => Result,
): Result {
  if (name === undefined) return act(directories);
  const entered = enterLayers(directories, Buffer.from(name, 'latin1')).filter((each) => each !== undefined);
  try {
    return descend(entered, others, act);
  } finally {
    for (const directory of entered) closeSync(directory);
  }
}
