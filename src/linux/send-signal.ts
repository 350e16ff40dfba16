import { closeSync } from 'node:fs';
import type { ProcessReference } from '../schema/container-state.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';
import { openProcess } from './pidfd.ts';
import { syscalls } from './syscalls.ts';

const syscall = declare<[number, number, number, number, number]>(
  'long syscall(long number, long a, long b, long c, long d)',
);

/**
 * Sends a signal to that very process and to no later one with its number. Answers whether it was alive.
 */
export function sendSignal(process: ProcessReference, signal: number): boolean {
  const pidfd = openProcess(process);
  if (pidfd === undefined) return false;
  try {
    syscall(syscalls.pidfd_send_signal, pidfd, signal, 0, 0);
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    throw error;
  } finally {
    closeSync(pidfd);
  }
}
