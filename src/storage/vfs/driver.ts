import { openRoot } from '../../linux/directory.ts';
import { removeTree } from '../../linux/remove-tree.ts';
import type { Differing, Layered, StorageDriver } from '../driver.ts';
import { makeEmptyTree } from '../layers.ts';
import { copyInto, mergedDriver } from '../merged/driver.ts';

/**
 * Snapshots and layers as copies, on whatever filesystem: slow, and large where that cannot share what files hold, but
 * the kernel has to be able to do nothing at all.
 */
export function vfsDriver(store: string): StorageDriver & Differing & Layered {
  return mergedDriver(store, {
    name: 'vfs',
    check: () => {},
    makeEmpty: makeEmptyTree,
    makeCopy(from, tree) {
      makeEmptyTree(tree);
      copyInto(tree, () => openRoot(from), from);
    },
    remove: removeTree,
  });
}
