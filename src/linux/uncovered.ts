import { closeSync } from 'node:fs';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  MOUNT_ATTR_RDONLY,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
} from './constants.ts';
import { isErrno } from './descriptor.ts';
import { openRoot } from './directory.ts';
import { declare } from './libc.ts';
import { cString } from './openat2.ts';
import { syscalls } from './syscalls.ts';

// Variadic in C: koffi is told the types at each call.
const openTree = declare<[number, 'int', number, 'void *', Buffer, 'unsigned int', number]>(
  'long syscall(long number, ...)',
);

const mountSetattr = declare<
  [number, 'int', number, 'void *', Buffer, 'unsigned int', number, 'void *', Buffer, 'size_t', number]
>('long syscall(long number, ...)');

/**
 * Opens a directory of the host without what is mounted in it, as overlay shows one that is below: by a copy of its
 * mount alone, which is attached nowhere and goes with the descriptor. As it is for who may make none.
 */
export function openUncovered(path: string): number {
  try {
    return cloneMount(path);
  } catch (error) {
    if (isErrno(error, 'EPERM') || isErrno(error, 'EINVAL')) return openRoot(path);
    throw error;
  }
}

/** The same, in which nobody can write by this descriptor. Throws the kernel's error. */
export function openReadOnly(path: string): number {
  const mount = cloneMount(path);
  try {
    // struct mount_attr: what is set, what is taken away, propagation, a user namespace.
    const attributes = Buffer.alloc(32);
    attributes.writeBigUInt64LE(BigInt(MOUNT_ATTR_RDONLY));
    const own = ['int', mount, 'void *', cString(''), 'unsigned int', AT_EMPTY_PATH] as const;
    mountSetattr(syscalls.mount_setattr, ...own, 'void *', attributes, 'size_t', attributes.length);
    return mount;
  } catch (error) {
    closeSync(mount);
    throw error;
  }
}

function cloneMount(path: string): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  return openTree(syscalls.open_tree, 'int', AT_FDCWD, 'void *', cString(path), 'unsigned int', flags);
}
