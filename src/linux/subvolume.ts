import { constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isErrno } from './descriptor.ts';
import { at, checkDepth, holding, namesIn, openDirectoryAt, openRoot, statAt } from './directory.ts';
import { declare } from './libc.ts';

// linux/btrfs.h: _IOW(0x94, number, 4096 bytes).
const BTRFS_IOC_SUBVOL_CREATE = 0x5000940e;
const BTRFS_IOC_SNAP_DESTROY = 0x5000940f;
const BTRFS_IOC_SNAP_CREATE_V2 = 0x50009417;

/** struct btrfs_ioctl_vol_args, and with _v2 where a name stands in it. */
const ARGUMENTS_SIZE = 4096;
const NAME_AT = 8;
const NAME_AT_V2 = 56;

/** BTRFS_FIRST_FREE_OBJECTID (linux/btrfs_tree.h): the inode of each subvolume's own directory. */
const ROOT_INODE = 256n;

const ioctl = declare<[number, number, Buffer]>('int ioctl(int fd, unsigned long request, void *argument)');

/** Makes an empty subvolume of btrfs at a path of the host. */
export function createSubvolume(path: string): void {
  inParent(path, (parent, name) => {
    ioctl(parent, BTRFS_IOC_SUBVOL_CREATE, named(name, NAME_AT));
  });
}

/** Makes a subvolume at a path that begins as another, and shares all with it on the disk. */
export function snapshotSubvolume(from: string, path: string): void {
  holding(openSync(from, constants.O_RDONLY | constants.O_DIRECTORY), (source) =>
    inParent(path, (parent, name) => {
      const args = named(name, NAME_AT_V2);
      args.writeBigInt64LE(BigInt(source), 0);
      ioctl(parent, BTRFS_IOC_SNAP_CREATE_V2, args);
    }),
  );
}

/** Removes the subvolumes that stand in a directory of the host, and those that programs have made in them. */
export function destroySubvolumes(directory: string): void {
  holding(openRoot(directory), (descriptor) => {
    for (const name of namesIn(descriptor)) if (isSubvolume(descriptor, name)) destroy(descriptor, name, 1);
  });
}

function isSubvolume(directory: number, name: Buffer): boolean {
  const stats = statAt(directory, name);
  return stats?.isDirectory() === true && stats.ino === ROOT_INODE;
}

function destroy(parent: number, name: Buffer, depth: number): void {
  const remove = () =>
    holding(openSync(at(parent, '.'), constants.O_RDONLY | constants.O_DIRECTORY), (place) =>
      ioctl(place, BTRFS_IOC_SNAP_DESTROY, named(name, NAME_AT)),
    );
  try {
    remove();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    // There are others in it.
    if (!isErrno(error, 'ENOTEMPTY')) throw error;
    holding(openDirectoryAt(parent, name), (inside) => destroyBelow(inside, depth));
    remove();
  }
}

function destroyBelow(directory: number, depth: number): void {
  checkDepth(depth, 'a subvolume');
  for (const name of namesIn(directory)) {
    if (isSubvolume(directory, name)) destroy(directory, name, depth + 1);
    else if (statAt(directory, name)?.isDirectory())
      holding(openDirectoryAt(directory, name), (inside) => destroyBelow(inside, depth + 1));
  }
}

function inParent(path: string, act: (parent: number, name: Buffer) => void): void {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  holding(openSync(dirname(path), flags), (parent) => act(parent, Buffer.from(basename(path))));
}

function named(name: Buffer, offset: number): Buffer {
  const args = Buffer.alloc(ARGUMENTS_SIZE);
  name.copy(args, offset);
  return args;
}
