import { O_CLOEXEC } from './constants.ts';
import { declare } from './libc.ts';

const F_SETPIPE_SZ = 1031;

const fcntl = declare<[number, number, number]>('int fcntl(int fd, int operation, long argument)');
const pipe2 = declare<[Buffer, number]>('int pipe2(void *fds, int flags)');

/** A pipe that exec closes. */
export function pipe(): { read: number; write: number } {
  const fds = Buffer.alloc(8);
  pipe2(fds, O_CLOEXEC);
  return { read: fds.readInt32LE(0), write: fds.readInt32LE(4) };
}

/** Lets a pipe hold so many bytes, a power of two; where the kernel allows no more it stays as it is (pipe(7)). */
export function enlargePipe(end: number, size: number): void {
  try {
    fcntl(end, F_SETPIPE_SZ, size);
  } catch {
    // Smaller is slower, and nothing else.
  }
}
