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

function readStat(pid: number): { state: string; startTime: number } | undefined {
  const fields = readStatFields(pid);
  return fields && { state: fields[0] ?? '', startTime: Number(fields[19]) };
}

/**
 * Fields 3 and on of /proc/PID/stat (proc_pid_stat(5)); undefined where there is no such process. Field 2, the
 * name, may itself hold spaces and brackets.
 */
export function readStatFields(pid: number): string[] | undefined {
  const text = readProcessFile(pid, 'stat');
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Text of a file of a process, a character for each byte; undefined where the process is gone. */
export function readProcessFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
}
