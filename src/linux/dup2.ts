import { declare } from './libc.ts';

/** Makes a number that of an open file, in place of what it was (dup2(2)). */
export const dup2 = declare<[file: number, number: number]>('int dup2(int oldfd, int newfd)');
