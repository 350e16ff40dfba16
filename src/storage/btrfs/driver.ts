import { chmodSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { describeFilesystem } from '../../linux/filesystem.ts';
import { removeTree } from '../../linux/remove-tree.ts';
import { createSubvolume, destroySubvolumes, snapshotSubvolume } from '../../linux/subvolume.ts';
import type { Differing, Layered, StorageDriver } from '../driver.ts';
import { mergedDriver } from '../merged/driver.ts';

/** Snapshots and layers as subvolumes of btrfs, which share what is the same in them on the disk. */
export function btrfsDriver(store: string): StorageDriver & Differing & Layered {
  return mergedDriver(store, {
    name: 'btrfs',
    check: checkFilesystem,
    makeEmpty(tree) {
      createSubvolume(tree);
      chmodSync(tree, 0o755);
    },
    makeCopy: snapshotSubvolume,
    async remove(path) {
      destroySubvolumes(path);
      await removeTree(path);
    },
  });
}

function checkFilesystem(store: string): void {
  const { type } = describeFilesystem(store);
  if (type === 'btrfs') return;
  throw new ScError('SC_HOST_UNFIT', `storage driver "btrfs": "${store}" is on ${type}`, {
    hint: 'give --root a directory on btrfs, or use another storage driver (--storage-driver)',
  });
}
