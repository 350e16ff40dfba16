import type { BigIntStats } from 'node:fs';
import { isErrno } from '../linux/descriptor.ts';
import { checkDepth } from '../linux/directory.ts';
import { type Entry, isChanged } from './difference.ts';
import type { Change } from './driver.ts';

/** A directory as it was, or as it is. */
export interface Side {
  /** In the order of their bytes. */
  names(): Buffer[];
  /** Undefined where there is none. */
  entry(name: Buffer): Entry | undefined;
  /** A directory in it, while `walk` walks. */
  enter(name: Buffer, walk: (side: Side) => void): void;
}

export interface SideNow extends Side {
  /** Whether what is not in it is gone; else only what was made, changed or taken away is in it. */
  readonly isWhole: boolean;
  /** Of what may be another than it was, or gone. */
  names(before?: Side): Buffer[];
  enter(name: Buffer, walk: (side: SideNow) => void): void;
  isWhiteout(entry: Entry): boolean;
  /** Whether it may have been written to since the snapshot was made. */
  isWritten(entry: Entry): boolean;
}

export interface TreeChanges {
  list: Change[];
  touched: Buffer[];
}

/** Paths that are no part of what a container has written, whatever is there. */
export type Hidden = (path: Buffer) => boolean;

const SLASH = Buffer.from('/');

/** What a directory that stands at `path` of a container has become, with all that is in it. */
export function compareTrees(
  path: string,
  before: Side & { root: Entry },
  now: SideNow & { root: Entry },
  isHidden: Hidden,
): TreeChanges {
  const comparison = new Comparison(isHidden, path);
  const root = Buffer.from(path);
  if (isChanged(before.root, now.root, now.isWritten(now.root)))
    comparison.list.push(changeOf(root, 'modified', now.root.stats));
  comparison.walk(before, now, path === '/' ? Buffer.alloc(0) : root, 1);
  return comparison;
}

class Comparison implements TreeChanges {
  readonly list: Change[] = [];
  readonly touched: Buffer[] = [];
  readonly #isHidden: Hidden;
  readonly #root: string;

  constructor(isHidden: Hidden, root: string) {
    this.#isHidden = isHidden;
    this.#root = root;
  }

  walk(before: Side | undefined, now: SideNow, path: Buffer, depth: number): void {
    checkDepth(depth, this.#root);
    const names = now.names(before);
    for (const name of names) {
      const inside = Buffer.concat([path, SLASH, name]);
      if (!this.#isHidden(inside)) this.#compare(before, now, name, inside, depth);
    }
    if (before === undefined || !now.isWhole) return;
    const there = new Set(names.map((name) => name.toString('latin1')));
    for (const name of before.names()) {
      const inside = Buffer.concat([path, SLASH, name]);
      if (!there.has(name.toString('latin1')) && !this.#isHidden(inside)) this.#deleted(inside);
    }
  }

  #compare(before: Side | undefined, now: SideNow, name: Buffer, path: Buffer, depth: number): void {
    const old = before?.entry(name);
    const entry = now.entry(name);
    if (entry === undefined || now.isWhiteout(entry)) {
      if (old !== undefined && (entry !== undefined || now.isWhole)) this.#deleted(path);
      return;
    }
    const isWritten = now.isWritten(entry);
    if (old === undefined) this.list.push(changeOf(path, 'added', entry.stats));
    else if (isChanged(old, entry, isWritten)) this.list.push(changeOf(path, 'modified', entry.stats));
    if (!entry.stats.isDirectory()) return;
    const wasDirectory = old?.stats.isDirectory() ?? false;
    if (wasDirectory && isWritten) this.touched.push(path);
    unlessGone(() =>
      now.enter(name, (inside) => {
        if (before === undefined || !wasDirectory) this.walk(undefined, inside, path, depth + 1);
        else before.enter(name, (was) => this.walk(was, inside, path, depth + 1));
      }),
    );
  }

  #deleted(path: Buffer): void {
    this.list.push({ path, kind: 'deleted', isDirectory: false, size: 0, isProgram: false });
  }
}

/** A container that runs takes things away while one looks. */
function unlessGone(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].some((errno) => isErrno(error, errno))) throw error;
  }
}

function changeOf(path: Buffer, kind: Change['kind'], stats: BigIntStats): Change {
  const isFile = stats.isFile();
  return {
    path,
    kind,
    isDirectory: stats.isDirectory(),
    size: isFile ? Number(stats.size) : 0,
    isProgram: isFile && (stats.mode & 0o111n) !== 0n,
  };
}
