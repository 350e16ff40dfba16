import { closeSync, openSync, readSync } from 'node:fs';
import { isErrno } from './descriptor.ts';
import { readProcessFile, readStatFields } from './process.ts';

/** What the kernel tells of a process. */
export interface ProcessEntry {
  pid: number;
  /** Its numbers in each pid namespace from ours on to its own (proc_pid_status(5), NSpid). */
  pids: number[];
  parent: number;
  /** A letter, such as `S`. */
  state: string;
  /** Effective user, by the number that it has for us. */
  uid: number;
  /** Kernel's number of its controlling terminal; 0 where it has none. */
  terminal: number;
  /** Processor time that it has had, and the time of its start since that of the machine, in ticks. */
  time: number;
  startTime: number;
  /** At most 15 bytes, chosen by the program. */
  name: string;
  /** Its arguments, or what it has put in their place; none where it has no memory any more. */
  command: string[];
}

/** How many ticks are a second, on every processor that we know (time(7), USER_HZ). */
export const TICKS_PER_SECOND = 100;

/** Bytes of the arguments that are read; a program may have megabytes of them. */
const LONGEST_COMMAND = 32_768;

/** Undefined where it is gone, or was replaced by another of its number while we looked. */
export function readProcessEntry(pid: number): ProcessEntry | undefined {
  const [stat, status, command] = [readStatFields(pid), readProcessFile(pid, 'status'), readCommand(pid)];
  if (stat === undefined || status === undefined || command === undefined) return undefined;
  if (readStatFields(pid)?.[19] !== stat[19]) return undefined;
  return parseProcessEntry({ pid, stat, status, command });
}

/** From the fields of /proc/PID/stat from the third on, and the texts of /proc/PID/status and cmdline. */
export function parseProcessEntry({
  pid,
  stat,
  status,
  command,
}: {
  pid: number;
  stat: readonly string[];
  status: string;
  command: Buffer;
}): ProcessEntry {
  const line = (name: string) => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1] ?? '';
  return {
    pid,
    pids: line('NSpid').split('\t').map(Number),
    parent: Number(stat[1]),
    state: stat[0] ?? '',
    uid: Number(line('Uid').split('\t')[1]),
    terminal: Number(stat[4]),
    time: Number(stat[11]) + Number(stat[12]),
    startTime: Number(stat[19]),
    name: Buffer.from(unescaped(line('Name')), 'latin1').toString(),
    command: words(command),
  };
}

/** The kernel writes a newline and a backslash in a name as two characters (fs/proc/array.c, proc_task_name). */
function unescaped(name: string): string {
  return name.replace(/\\([\\n])/g, (_, character: string) => (character === 'n' ? '\n' : '\\'));
}

/** Each ends with a NUL; a program that writes its own title has maybe only one at the end, or many. */
function words(command: Buffer): string[] {
  const text = command.toString().replace(/\0+$/, '');
  return text === '' ? [] : text.split('\0');
}

function readCommand(pid: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/cmdline`, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.alloc(LONGEST_COMMAND);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return undefined;
    throw error;
  } finally {
    closeSync(file);
  }
}
