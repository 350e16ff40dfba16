import { closeSync } from 'node:fs';
import { declare } from './libc.ts';

const SYS_pidfd_open = 434;
const SYS_pidfd_getfd = 438;

const syscall = declare<[number, number, number, number]>(
  'long syscall(long number, long a, long b, long c)',
);

/** A duplicate, in this process, of a descriptor of another (pidfd_getfd(2), Linux 5.6). */
export function descriptorOf(pid: number, fd: number): number {
  const pidfd = syscall(SYS_pidfd_open, pid, 0, 0);
  try {
    return syscall(SYS_pidfd_getfd, pidfd, fd, 0);
  } finally {
    closeSync(pidfd);
  }
}
