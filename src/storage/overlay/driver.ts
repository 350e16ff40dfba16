import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { during } from '../../errors/reason.ts';
import { withLock } from '../../linux/flock.ts';
import { removeTree } from '../../linux/remove-tree.ts';
import { emptyAbandoned, makeStore } from '../../linux/removed.ts';
import type { Differing, Layered, MountInstruction, StorageDriver } from '../driver.ts';
import { Layers, makeEmptyTree } from '../layers.ts';
import { checkLower } from '../lower.ts';
import { makeSnapshot, openSnapshot, removeSnapshot } from '../snapshot.ts';
import { usage } from '../usage.ts';
import { addOverlay, copyOwnerAndMode, copyXattrs, overlayOf } from './add-overlay.ts';
import { overlayChanges } from './changes.ts';
import { type HostView, systemDirectories, viewHost } from './host-view.ts';
import { hasUnfinished, provideSkeleton, removeUnfinished, skeletonOf } from './skeletons.ts';

/**
 * Snapshots as upper directories of overlayfs, below `store`:
 *
 *     <key>/upper, work      what was written to `/`, and what overlayfs needs for itself
 *     <key>/usr/upper, work  the same for `/usr`, in a view of the host
 *     <key>/skeleton         a link to the skeleton that this view stands on
 *     <key>/parent           a link to the layer that it stands on
 *     .layers/               layers of images
 *     .skeletons/<name>      what views of the host show beside their trees
 *     .removed/              what is being deleted
 *
 * All is 0700 but what becomes visible in a container. `hostRoot` is the root of the machine.
 */
export function overlayDriver(store: string, hostRoot = '/'): StorageDriver & Differing & Layered {
  const layers = new Layers(store, { makeTree, remove: removeTree });
  return {
    name: 'overlay',
    form: 'overlay',
    changes: overlayChanges,

    look(key, base) {
      const snapshot = openSnapshot(store, key);
      if (base.kind === 'directory') return { mounts: [overlayOf(snapshot, '/', [base.path])] };
      if (base.kind === 'layers') return { mounts: [overlayOf(snapshot, '/', layers.chain(base.key))] };
      return { mounts: overlaysMounted(snapshot, hostRoot) };
    },

    prepare(key, base) {
      return during('SC_STORAGE_FAILED', `prepare snapshot "${key}"`, async () => {
        makeStore(store);
        if (base.kind === 'host') return { mounts: await prepareHost(store, key, hostRoot) };
        if (base.kind === 'layers') return { mounts: await prepareLayers(store, key, layers, base.key) };
        return { mounts: await prepareDirectory(store, key, base.path) };
      });
    },

    open(key, base) {
      return during('SC_STORAGE_FAILED', `open snapshot "${key}"`, async () => {
        const snapshot = openSnapshot(store, key);
        if (base.kind === 'directory')
          return { mounts: [addOverlay(snapshot, '/', [checkLower(base.path, store)])] };
        if (base.kind === 'layers') return { mounts: [addOverlay(snapshot, '/', layers.chain(base.key))] };
        const { view, trees } = lookAtHost(store, hostRoot);
        return { mounts: await withLock(store, () => overlaysOfHost(store, snapshot, view, trees)) };
      });
    },

    directories(base) {
      if (base.kind === 'layers') return [store];
      const lower =
        base.kind === 'host' ? systemDirectories(hostRoot).map((path) => join(hostRoot, path)) : [base.path];
      return [store, ...lower];
    },

    remove(key) {
      return during('SC_STORAGE_FAILED', `remove snapshot "${key}"`, () => removeSnapshot(store, key));
    },

    tidy() {
      return during('SC_STORAGE_FAILED', `tidy "${store}"`, async () => {
        await layers.tidy();
        await emptyAbandoned(store);
        // Who holds the lock makes a skeleton right now.
        if (hasUnfinished(store)) await withLock(store, () => removeUnfinished(store), { timeout: 0 });
      });
    },

    hasLayer: (key) => layers.has(key),
    layers: () => layers.keys(),
    trees: (key) => layers.chain(key),

    addLayer(key, parent, fill) {
      return during('SC_STORAGE_FAILED', `make layer "${key}"`, () =>
        layers.add(key, parent, (directory, lower) => fill({ directory, form: 'overlay', lower })),
      );
    },

    removeLayer(key) {
      return during('SC_STORAGE_FAILED', `remove layer "${key}"`, () => layers.remove(key));
    },

    usage(of) {
      return usage(store, layers, of);
    },
  };
}

/** Alone, but with what its parent says of the directory itself: that of the topmost layer is what is seen. */
function makeTree(tree: string, parent: string | undefined): void {
  makeEmptyTree(tree);
  if (parent === undefined) return;
  copyOwnerAndMode(parent, tree);
  copyXattrs(parent, tree);
}

function prepareLayers(
  store: string,
  key: string,
  layers: Layers,
  layer: string,
): Promise<MountInstruction[]> {
  return makeSnapshot(store, key, async (snapshot) => {
    const lower = await layers.standOn(snapshot, layer);
    const overlay = addOverlay(snapshot, '/', lower);
    copyXattrs(lower[0] ?? '', overlay.upper);
    return [overlay];
  });
}

function prepareDirectory(store: string, key: string, path: string): Promise<MountInstruction[]> {
  const lower = checkLower(path, store);
  return makeSnapshot(store, key, (snapshot) => {
    const overlay = addOverlay(snapshot, '/', [lower]);
    copyXattrs(lower, overlay.upper);
    return [overlay];
  });
}

/** A skeleton, and each real directory of the system as an overlay of its own. */
async function prepareHost(store: string, key: string, hostRoot: string): Promise<MountInstruction[]> {
  const { view, trees } = lookAtHost(store, hostRoot);
  const make = (snapshot: string) => overlaysOfHost(store, snapshot, view, trees);
  return withLock(store, () => makeSnapshot(store, key, make));
}

interface Tree {
  target: string;
  lower: string;
}

function lookAtHost(store: string, hostRoot: string): { view: HostView; trees: Tree[] } {
  const view = viewHost(hostRoot);
  const trees = view.system
    .filter(({ stats }) => stats.isDirectory())
    .map(({ path }) => ({ target: `/${path}`, lower: checkLower(join(hostRoot, path), store) }));
  return { view, trees };
}

/** Only for the holder of the store's lock. */
async function overlaysOfHost(
  store: string,
  snapshot: string,
  view: HostView,
  trees: readonly Tree[],
): Promise<MountInstruction[]> {
  const skeleton = await provideSkeleton(store, snapshot, view);
  return [{ target: '/', lower: skeleton }, ...trees].map(({ target, lower }) =>
    addOverlay(snapshot, target, [lower]),
  );
}

/** As they were when the snapshot was opened last: the machine may have other directories by now. */
function overlaysMounted(snapshot: string, hostRoot: string): MountInstruction[] {
  const trees = systemDirectories(hostRoot).map((path) => ({
    target: `/${path}`,
    lower: join(hostRoot, path),
  }));
  return [{ target: '/', lower: skeletonOf(snapshot) }, ...trees]
    .map(({ target, lower }) => overlayOf(snapshot, target, [lower]))
    .filter(({ upper }) => existsSync(upper));
}
