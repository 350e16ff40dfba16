import { O_CLOEXEC } from './constants.ts';
import { declare } from './libc.ts';

const pipe2 = declare<[Buffer, number]>('int pipe2(void *fds, int flags)');

/** A pipe that exec closes. */
export function pipe(): { read: number; write: number } {
  const fds = Buffer.alloc(8);
  pipe2(fds, O_CLOEXEC);
  return { read: fds.readInt32LE(0), write: fds.readInt32LE(4) };
}
