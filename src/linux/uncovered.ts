import { AT_FDCWD, OPEN_TREE_CLOEXEC, OPEN_TREE_CLONE } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { openRoot } from './directory.ts';
import { declare } from './libc.ts';
import { cString } from './openat2.ts';
import { syscalls } from './syscalls.ts';

// Variadic in C: koffi is told the types at each call.
const openTree = declare<[number, 'int', number, 'void *', Buffer, 'unsigned int', number]>(
  'long syscall(long number, ...)',
);

/**
 * Opens a directory of the host without what is mounted in it, as overlay shows one that is below: by a copy of its
 * mount alone, which is attached nowhere and goes with the descriptor. As it is for who may make none.
 */
export function openUncovered(path: string): number {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  try {
    return openTree(syscalls.open_tree, 'int', AT_FDCWD, 'void *', cString(path), 'unsigned int', flags);
  } catch (error) {
    if (isErrno(error, 'EPERM') || isErrno(error, 'EINVAL')) return openRoot(path);
    throw error;
  }
}
