import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { PR_SET_CHILD_SUBREAPER } from '../../linux/constants.ts';
import { declare } from '../../linux/libc.ts';
import type { AdapterExit } from '../../schema/conformance-adapter.ts';

const prctl = declare<[number, number]>('int prctl(int option, unsigned long value)');
const waitpid = declare<[number, Buffer, number]>('int waitpid(int pid, void *status, int options)');

const WNOHANG = 1;

/** Milliseconds between two looks at a process. */
const INTERVAL = 5;

/** Makes this process the parent of whom its children leave behind (PR_SET_CHILD_SUBREAPER(2const)). */
export function adoptOrphans(): void {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/** Waits for the end of an adopted process, and takes it away. Node waits only for its own children. */
export async function reap(pid: number): Promise<AdapterExit> {
  const status = Buffer.alloc(4);
  while (waitpid(pid, status, WNOHANG) === 0) await sleep(INTERVAL);
  const word = status.readInt32LE();
  const signal = word & 0x7f;
  if (signal === 0) return { code: (word >> 8) & 0xff };
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return { code: 128 + signal, ...(name !== undefined && { signal: name }) };
}
