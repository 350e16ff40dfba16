import { declare } from './libc.ts';

/** Waits until all that was written to the filesystem of an open file or directory is on the disk. */
export const syncfs = declare<[number]>('int syncfs(int fd)');
