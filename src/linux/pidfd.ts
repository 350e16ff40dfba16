import { closeSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import type { ProcessReference } from '../schema/container-state.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';
import { processIsAlive } from './process.ts';
import { syscalls } from './syscalls.ts';

const syscall = declare<[number, number, number, number]>(
  'long syscall(long number, long a, long b, long c)',
);

/**
 * A duplicate, in this process, of a descriptor of that very process (pidfd_getfd(2), Linux 5.6). Throws ESRCH
 * where it is not alive, and EBADF where it has none of this number.
 */
export function descriptorOf(process: ProcessReference, fd: number): number {
  const pidfd = openProcess(process);
  if (pidfd === undefined)
    throw new ScError('SC_SYSTEM_CALL', `open process ${process.pid}: ESRCH`, { errno: 'ESRCH' });
  try {
    return syscall(syscalls.pidfd_getfd, pidfd, fd, 0);
  } finally {
    closeSync(pidfd);
  }
}

/**
 * A descriptor of that very process and of no later one with its number: it is opened first, and then the
 * process is looked at. Undefined where it is not alive; whoever gets it closes it.
 */
export function openProcess(process: ProcessReference): number | undefined {
  let pidfd: number;
  try {
    pidfd = syscall(syscalls.pidfd_open, process.pid, 0, 0);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
  let isAlive = false;
  try {
    isAlive = processIsAlive(process);
  } finally {
    if (!isAlive) closeSync(pidfd);
  }
  return isAlive ? pidfd : undefined;
}
