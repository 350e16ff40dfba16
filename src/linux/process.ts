import { readFileSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import type { ProcessReference } from '../schema/container-state.ts';
import { isErrno } from './descriptor.ts';

/** Names a living process so that a later one with its number is not taken for it. Throws ESRCH without one. */
export function processReference(pid: number): ProcessReference {
  const status = readStat(pid);
  if (status === undefined) {
    throw new ScError('SC_SYSTEM_CALL', `look at process ${pid}: ESRCH`, { errno: 'ESRCH' });
  }
  return { pid, startTime: status.startTime };
}

/** Whether that very process runs. One that has ended and waits for its parent (a zombie) does not. */
export function processIsAlive({ pid, startTime }: ProcessReference): boolean {
  const status = readStat(pid);
  return status !== undefined && status.startTime === startTime && !/[ZXx]/.test(status.state);
}

/** Fields 3 and 22 of /proc/PID/stat (proc(5)). Field 2, the name, may itself hold spaces and brackets. */
function readStat(pid: number): { state: string; startTime: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
  const [state = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, startTime: Number(rest[18]) };
}
