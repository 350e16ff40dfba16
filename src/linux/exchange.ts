import { AT_FDCWD } from './constants.ts';
import { declare } from './libc.ts';
import { cString } from './openat2.ts';

/** linux/fs.h. */
const RENAME_EXCHANGE = 2;

const renameat2 = declare<[number, Buffer, number, Buffer, number]>(
  'int renameat2(int directory, const void *path, int newDirectory, const void *newPath, unsigned int flags)',
);

/** Has two paths of the host, both of which are there, change places in one step. Throws SC_SYSTEM_CALL. */
export function exchangePaths(one: string, other: string): void {
  renameat2(AT_FDCWD, cString(one), AT_FDCWD, cString(other), RENAME_EXCHANGE);
}
