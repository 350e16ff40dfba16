import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import { copyTree } from '../../linux/copy-tree.ts';
import { holding, openBeneath, openRoot } from '../../linux/directory.ts';
import { isOfHost } from '../../linux/merged-layers.ts';
import { emptyAbandoned, makeStore, type Remover } from '../../linux/removed.ts';
import { openUncovered } from '../../linux/uncovered.ts';
import type {
  Base,
  Changes,
  Differing,
  Layered,
  MountInstruction,
  Rootfs,
  StorageDriver,
} from '../driver.ts';
import { hiddenBelow } from '../hidden.ts';
import { Layers } from '../layers.ts';
import { lookIntoTree } from '../look-into-tree.ts';
import { checkLower } from '../lower.ts';
import { makeSnapshot, openSnapshot, removeSnapshot } from '../snapshot.ts';
import { compareTrees } from '../tree-changes.ts';
import { usage } from '../usage.ts';
import { makeMark, markedTime } from './mark.ts';
import { TreeSide } from './tree-side.ts';

const ROOT = 'root';

/** In a snapshot: a file that says of which directory it is a copy. */
const SOURCE = 'source';

/** What whole trees are made with. */
export interface TreeMaking {
  readonly name: string;
  /** Throws SC_HOST_UNFIT where the filesystem of the store cannot do it. */
  check(store: string): void;
  makeEmpty(tree: string): void;
  /** Makes a tree that begins as another of the store. */
  makeCopy(from: string, tree: string): void;
  remove: Remover;
}

/**
 * Snapshots as whole root filesystems, below `store`:
 *
 *     <key>/root     what the container sees as `/`
 *     <key>/made     a file that is younger than all that was there before the container
 *     <key>/parent   a link to the layer that it stands on
 *     <key>/source   or a file that says of which directory it is a copy
 *     .layers/       layers of images, each with all that is below it
 *     .removed/      what is being deleted
 *
 * All is 0700 but what becomes visible in a container.
 */
export function mergedDriver(store: string, making: TreeMaking): StorageDriver & Differing & Layered {
  const { remove } = making;
  const layers = new Layers(store, { makeTree: (tree, parent) => makeTree(making, tree, parent), remove });
  const begin = () => {
    // Before anything is there that would be a store of this driver.
    making.check(store);
    makeStore(store);
  };
  return {
    name: making.name,
    form: 'merged',

    prepare(key, base) {
      return during('SC_STORAGE_FAILED', `prepare snapshot "${key}"`, async () => {
        if (base.kind === 'host') throw noHost(making.name);
        begin();
        const ground = base.kind === 'directory' ? { ...base, path: checkLower(base.path, store) } : base;
        const fill = (snapshot: string) => fillSnapshot(snapshot, ground, layers, making);
        return { mounts: await makeSnapshot(store, key, fill, remove) };
      });
    },

    look: (key) => ({ mounts: [mountOf(openSnapshot(store, key))] }),

    open(key) {
      return during('SC_STORAGE_FAILED', `open snapshot "${key}"`, () => ({
        mounts: [mountOf(openSnapshot(store, key))],
      }));
    },

    directories: () => [store],

    remove(key) {
      return during('SC_STORAGE_FAILED', `remove snapshot "${key}"`, () =>
        removeSnapshot(store, key, remove),
      );
    },

    tidy() {
      return during('SC_STORAGE_FAILED', `tidy "${store}"`, async () => {
        await layers.tidy();
        await emptyAbandoned(store, remove);
      });
    },

    hasLayer: (key) => layers.has(key),
    layers: () => layers.keys(),
    trees: (key) => layers.chain(key).slice(0, 1),

    addLayer(key, parent, fill) {
      return during('SC_STORAGE_FAILED', `make layer "${key}"`, () => {
        begin();
        return layers.add(key, parent, (directory) => fill({ directory, form: 'merged', lower: [] }));
      });
    },

    removeLayer(key) {
      return during('SC_STORAGE_FAILED', `remove layer "${key}"`, () => layers.remove(key));
    },

    usage: (of) => usage(store, layers, of),
    changes: (rootfs, mountPoints) => changesOf(rootfs, layers, mountPoints),
  };
}

async function fillSnapshot(
  snapshot: string,
  base: Exclude<Base, { kind: 'host' }>,
  layers: Layers,
  making: TreeMaking,
): Promise<MountInstruction[]> {
  const root = join(snapshot, ROOT);
  if (base.kind === 'layers') {
    const [topmost = ''] = await layers.standOn(snapshot, base.key);
    making.makeCopy(topmost, root);
  } else {
    writeFileSync(join(snapshot, SOURCE), base.path, { mode: 0o600 });
    making.makeEmpty(root);
    copyInto(root, () => openUncovered(base.path), base.path);
  }
  makeMark(snapshot, root);
  return [mountOf(snapshot)];
}

/** Fills an empty tree with what is in a directory. */
export function copyInto(tree: string, open: () => number, path: string): void {
  holding(open(), (from) =>
    holding(openRoot(tree), (to) => copyTree(from, to, { path, isCopied: (xattr) => !isOfHost(xattr) })),
  );
}

function makeTree({ makeEmpty, makeCopy }: TreeMaking, tree: string, parent: string | undefined): void {
  if (parent === undefined) makeEmpty(tree);
  else makeCopy(parent, tree);
}

function mountOf(snapshot: string): MountInstruction & { type: 'bind' } {
  return { type: 'bind', target: '/', source: join(snapshot, ROOT), readOnly: false };
}

function changesOf({ mounts }: Rootfs, layers: Layers, mountPoints: readonly string[] = []): Changes {
  const [mount] = mounts;
  if (mount?.type !== 'bind') throw new Error('a snapshot of this driver is one bind mount');
  const root = mount.source;
  const snapshot = dirname(root);
  const layer = layers.under(snapshot);
  const before = layer === undefined ? readFileSync(join(snapshot, SOURCE), 'utf8') : layers.tree(layer);
  const { list, touched } = holding(openUncovered(before), (old) =>
    holding(openRoot(root), (now) =>
      compareTrees('/', new TreeSide(old), new TreeSide(now, markedTime(snapshot)), hiddenBelow(mountPoints)),
    ),
  );
  return {
    list: list.sort((left, right) => Buffer.compare(left.path, right.path)),
    touched: touched.sort(Buffer.compare),
    open: (path) =>
      holding(openRoot(root), (directory) =>
        openBeneath(directory, path.length === 1 ? Buffer.from('.') : path.subarray(1)),
      ),
    imageHas: (path) => lookIntoTree(before, path).length > 0,
    imageHasFilesIn: (path) => lookIntoTree(before, path).includes('files'),
  };
}

/** It would be a copy of the machine for each container. */
function noHost(name: string): ScError {
  return new ScError(
    'SC_UNSUPPORTED',
    `storage driver "${name}" cannot show the machine itself (image: host)`,
    {
      hint: 'another store, with --root DIR --storage-driver overlay',
    },
  );
}
