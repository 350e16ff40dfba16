import { closeSync } from 'node:fs';
import type { ProcessReference } from '../schema/container-state.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';
import { processIsAlive } from './process.ts';
import { syscalls } from './syscalls.ts';

const syscall = declare<[number, number, number, number, number]>(
  'long syscall(long number, long a, long b, long c, long d)',
);

/**
 * Sends a signal to that very process and to no later one with its number: the descriptor is opened first,
 * and then the process is looked at. Answers whether it was alive.
 */
export function sendSignal(process: ProcessReference, signal: number): boolean {
  let pidfd: number;
  try {
    pidfd = syscall(syscalls.pidfd_open, process.pid, 0, 0, 0);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  }
  try {
    if (!processIsAlive(process)) return false;
    syscall(syscalls.pidfd_send_signal, pidfd, signal, 0, 0);
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  } finally {
    closeSync(pidfd);
  }
}
