import { declare } from '../../src/linux/libc.ts';

const F_SETFD = 2;
const fcntl = declare<[number, number, number]>('int fcntl(int fd, int operation, long argument)');

/** Takes FD_CLOEXEC, which Node sets on all that it opens, from a descriptor. */
export function inheritable(fd: number): void {
  fcntl(fd, F_SETFD, 0);
}
