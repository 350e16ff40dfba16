import {
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import { syncDirectory } from '../linux/atomic-file.ts';
import { isErrno } from '../linux/descriptor.ts';
import { holding } from '../linux/directory.ts';
import { withLock } from '../linux/flock.ts';
import { makeDirectory } from '../linux/make-directory.ts';
import { discard, emptyRemoved, makeStore, type Remover } from '../linux/removed.ts';
import { syncfs } from '../linux/syncfs.ts';
import { beginUnfinished, isAbandoned, isUnfinished } from '../linux/unfinished.ts';
import { snapshotDirectory } from './snapshot.ts';

const LAYERS = '.layers';
const TREE = 'tree';

/** In a layer and in a snapshot: a link to the layer that it stands on. */
const RECORD = 'parent';

export interface LayerMaking {
  /** Makes the directory of a layer's tree, which begins as its parent's tree, if it has one. */
  makeTree(tree: string, parent: string | undefined): void | Promise<void>;
  /** Deletes what was discarded. */
  remove: Remover;
}

/**
 * The layers of a store, each in a directory of its own:
 *
 *     .layers/<key>/tree           what is in it
 *     .layers/<key>/parent         a link to the layer that it stands on
 *     .layers/.unfinished-<uuid>/  one that is being made, locked by who makes it
 *
 * A name appears and vanishes in one step. Whatever stands on a layer says so before it uses it, and both this and
 * the removal of a layer are for the holder of the store's lock.
 */
export class Layers {
  readonly #store: string;
  readonly #making: LayerMaking;

  constructor(store: string, making: LayerMaking) {
    this.#store = store;
    this.#making = making;
  }

  has(key: string): boolean {
    return existsSync(this.#directory(key));
  }

  keys(): string[] {
    return this.#names()
      .filter((name) => !name.startsWith('.'))
      .sort();
  }

  tree(key: string): string {
    return join(this.#directory(key), TREE);
  }

  /** Its tree and those of all that are below it, topmost first. Throws SC_STORAGE_FAILED where it is not there. */
  chain(key: string): string[] {
    const trees: string[] = [];
    for (let at: string | undefined = key; at !== undefined; at = recordIn(this.#directory(at))) {
      if (!this.has(at)) throw missing(at);
      trees.push(this.tree(at));
    }
    return trees;
  }

  async add(
    key: string,
    parent: string | undefined,
    fill: (tree: string, lower: string[]) => Promise<void>,
  ): Promise<void> {
    if (this.has(key)) return;
    makeStore(this.#store);
    makeDirectory(join(this.#store, LAYERS));
    const { place, release } = await withLock(this.#store, () => this.#begin(parent));
    try {
      const tree = join(place, TREE);
      await this.#making.makeTree(tree, parent === undefined ? undefined : this.tree(parent));
      await fill(tree, parent === undefined ? [] : this.chain(parent));
      // Before it has its name: no loss of power may leave a layer of which a part is missing.
      holding(openSync(place, constants.O_RDONLY | constants.O_DIRECTORY), syncfs);
      await withLock(this.#store, () => this.#finish(place, key));
    } catch (cause) {
      throw await this.#takeBack(place, key, cause);
    } finally {
      release();
    }
  }

  async remove(key: string): Promise<void> {
    if (!this.has(key)) return;
    await withLock(this.#store, async () => {
      const user = this.#userOf(key);
      if (user !== undefined) throw inUse(key, user);
      await discard(this.#store, this.#directory(key), this.#making.remove);
    });
    await emptyRemoved(this.#store, key, this.#making.remove);
  }

  /** Records what a snapshot, which is there already, stands on. Answers the trees, topmost first. */
  async standOn(snapshot: string, key: string): Promise<string[]> {
    return withLock(this.#store, () => {
      const trees = this.chain(key);
      symlinkSync(join('..', LAYERS, key), join(snapshot, RECORD));
      return trees;
    });
  }

  /** The key of the layer that a snapshot stands on; undefined where it stands on something else. */
  under(snapshot: string): string | undefined {
    return recordIn(snapshot);
  }

  /** Removes what those who died have left half made. Throws SC_LOCKED while somebody has the store's lock. */
  async tidy(): Promise<void> {
    const abandoned = () =>
      this.#names()
        .filter(isUnfinished)
        .map((name) => join(this.#store, LAYERS, name))
        .filter(isAbandoned);
    if (abandoned().length === 0) return;
    // A new one is locked before the store's lock is free again.
    await withLock(
      this.#store,
      async () => {
        for (const place of abandoned()) await discard(this.#store, place, this.#making.remove);
      },
      { timeout: 0 },
    );
  }

  /** Only for the holder of the store's lock. */
  #begin(parent: string | undefined): { place: string; release: () => void } {
    if (parent !== undefined && !this.has(parent)) throw missing(parent);
    const { place, release } = beginUnfinished(join(this.#store, LAYERS));
    if (parent !== undefined) symlinkSync(join('..', parent), join(place, RECORD));
    return { place, release };
  }

  /** Only for the holder of the store's lock. */
  async #finish(place: string, key: string): Promise<void> {
    // Somebody else has made the same meanwhile.
    if (this.has(key)) return discard(this.#store, place, this.#making.remove);
    renameSync(place, this.#directory(key));
    for (const directory of [join(this.#store, LAYERS), this.#store]) syncDirectory(directory);
  }

  async #takeBack(place: string, key: string, cause: unknown): Promise<unknown> {
    const undo = await this.#making.remove(place).then(
      () => [],
      (error: Error) => [error],
    );
    if (cause instanceof ScError && undo.length === 0) return cause;
    return failure(
      cause instanceof ScError ? cause.code : 'SC_STORAGE_FAILED',
      `make layer "${key}"`,
      cause,
      undo,
    );
  }

  /** What stands on a layer, in words. */
  #userOf(key: string): string | undefined {
    const stands = (directory: string) => recordIn(directory) === key;
    const layers = join(this.#store, LAYERS);
    const layer = this.#names().find((name) => stands(join(layers, name)));
    if (layer !== undefined) return layer.startsWith('.') ? 'a layer that is being made' : `layer "${layer}"`;
    const snapshot = readdirSync(this.#store).find((name) => stands(join(this.#store, name)));
    return snapshot === undefined ? undefined : `snapshot "${snapshot}"`;
  }

  #names(): string[] {
    try {
      return readdirSync(join(this.#store, LAYERS));
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    }
  }

  #directory(key: string): string {
    return snapshotDirectory(join(this.#store, LAYERS), key);
  }
}

/** Makes the empty directory of a tree, whatever the umask of the caller is. */
export function makeEmptyTree(tree: string): void {
  mkdirSync(tree);
  chmodSync(tree, 0o755);
}

function recordIn(directory: string): string | undefined {
  try {
    return basename(readlinkSync(join(directory, RECORD)));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].some((errno) => isErrno(error, errno))) return undefined;
    throw error;
  }
}

function missing(key: string): ScError {
  return new ScError('SC_STORAGE_FAILED', `use layer "${key}": it is not there`, {
    errno: 'ENOENT',
    hint: 'load the image anew',
  });
}

function inUse(key: string, user: string): ScError {
  return new ScError('SC_STORAGE_FAILED', `remove layer "${key}": ${user} stands on it`, {
    errno: 'EBUSY',
    hint: 'delete the containers of the image first',
  });
}
