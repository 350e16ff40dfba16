/**
 * Storage drivers: the interface, those that sc has, and how somebody else's is added. What one writes is in its own
 * directory of the state directory.
 */

export { ScError } from '../errors/error.ts';
export type { LayerForm, LayerPlace } from '../image/layer/place.ts';
export { removeTree } from '../linux/remove-tree.ts';
export type { Remover } from '../linux/removed.ts';
export { btrfsDriver } from '../storage/btrfs/driver.ts';
export type {
  Base,
  Change,
  Changes,
  Differing,
  Layered,
  MountInstruction,
  Rootfs,
  StorageDriver,
  Usage,
} from '../storage/driver.ts';
export { mergedDriver, type TreeMaking } from '../storage/merged/driver.ts';
export { overlayDriver } from '../storage/overlay/driver.ts';
export { type OpenStorage, registerStorageDriver, type StorageOpener } from '../storage/registry.ts';
export { vfsDriver } from '../storage/vfs/driver.ts';
