import { O_NONBLOCK } from './constants.ts';
import { declare } from './libc.ts';

const F_GETFL = 3;
const F_SETFL = 4;

const fcntl = declare<[number, number, number]>('int fcntl(int fd, int operation, long argument)');

/** Of the open file behind it, for everybody who has it: reading and writing answer EAGAIN in place of waiting. */
export function setNonBlocking(fd: number): void {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
}
