import { closeSync } from 'node:fs';
import { declare } from './libc.ts';
import { syscalls } from './syscalls.ts';

const syscall = declare<[number, number, number, number]>(
  'long syscall(long number, long a, long b, long c)',
);

/** A duplicate, in this process, of a descriptor of another (pidfd_getfd(2), Linux 5.6). */
export function descriptorOf(pid: number, fd: number): number {
  const pidfd = syscall(syscalls.pidfd_open, pid, 0, 0);
  try {
    return syscall(syscalls.pidfd_getfd, pidfd, fd, 0);
  } finally {
    closeSync(pidfd);
  }
}
