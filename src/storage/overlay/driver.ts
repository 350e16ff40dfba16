import { join } from 'node:path';
import { during } from '../../errors/reason.ts';
import { withLock } from '../../linux/flock.ts';
import { emptyAbandoned, makeStore } from '../../linux/removed.ts';
import type { Differing, MountInstruction, StorageDriver } from '../driver.ts';
import { overlayChanges } from './changes.ts';
import { systemDirectories, viewHost } from './host-view.ts';
import { checkLower } from './lower.ts';
import { hasUnfinished, provideSkeleton, removeUnfinished } from './skeletons.ts';
import { addOverlay, makeSnapshot, removeSnapshot } from './snapshot.ts';

/**
 * Snapshots as upper directories of overlayfs, below `store`:
 *
 *     <key>/upper, work      what was written to `/`, and what overlayfs needs for itself
 *     <key>/usr/upper, work  the same for `/usr`, in a view of the host
 *     <key>/skeleton         a link to the skeleton that this view stands on
 *     .skeletons/<name>      what views of the host show beside their trees
 *     .removed/              what is being deleted
 *
 * All is 0700 but what becomes visible in a container. `hostRoot` is the root of the machine.
 */
export function overlayDriver(store: string, hostRoot = '/'): StorageDriver & Differing {
  return {
    name: 'overlay',
    changes: overlayChanges,

    prepare(key, base) {
      return during('SC_STORAGE_FAILED', `prepare snapshot "${key}"`, async () => {
        makeStore(store);
        if (base.kind === 'host') return { mounts: await prepareHost(store, key, hostRoot) };
        return { mounts: await prepareDirectory(store, key, base.path) };
      });
    },

    directories(base) {
      const lower =
        base.kind === 'host' ? systemDirectories(hostRoot).map((path) => join(hostRoot, path)) : [base.path];
      return [store, ...lower];
    },

    remove(key) {
      return during('SC_STORAGE_FAILED', `remove snapshot "${key}"`, () => removeSnapshot(store, key));
    },

    tidy() {
      return during('SC_STORAGE_FAILED', `tidy "${store}"`, async () => {
        await emptyAbandoned(store);
        // Who holds the lock makes a skeleton right now.
        if (hasUnfinished(store)) await withLock(store, () => removeUnfinished(store), { timeout: 0 });
      });
    },
  };
}

function prepareDirectory(store: string, key: string, path: string): Promise<MountInstruction[]> {
  const lower = checkLower(path, store);
  return makeSnapshot(store, key, (snapshot) => [addOverlay(snapshot, '/', lower)]);
}

/** A skeleton, and each real directory of the system as an overlay of its own. */
async function prepareHost(store: string, key: string, hostRoot: string): Promise<MountInstruction[]> {
  const view = viewHost(hostRoot);
  const trees = view.system
    .filter(({ stats }) => stats.isDirectory())
    .map(({ path }) => ({ target: `/${path}`, lower: checkLower(join(hostRoot, path), store) }));

  const make = async (snapshot: string) => {
    const skeleton = await provideSkeleton(store, snapshot, view);
    return [{ target: '/', lower: skeleton }, ...trees].map(({ target, lower }) =>
      addOverlay(snapshot, target, lower),
    );
  };
  return withLock(store, () => makeSnapshot(store, key, make));
}
