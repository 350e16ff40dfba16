import { readProcessFile } from './process.ts';

/** Bytes from block devices and to them. */
interface ProcessIo {
  read: number;
  written: number;
}

/**
 * What processes have read and written, each with those of its children that it has waited for
 * (kernel/exit.c, wait_task_zombie). What is written counts when it is, though the page cache takes it to the
 * disk later. One that is gone counts nothing. Undefined where the kernel does not count (CONFIG_TASK_IO_ACCOUNTING).
 */
export function sumIo(pids: readonly number[], readFile = readProcessFile): ProcessIo | undefined {
  const counts = pids.flatMap((pid) => parseIo(readFile(pid, 'io')) ?? []);
  if (counts.length === 0) return undefined;
  return counts.reduce((sum, io) => ({ read: sum.read + io.read, written: sum.written + io.written }));
}

/** From the text of /proc/PID/io (proc_pid_io(5)). */
function parseIo(text: string | undefined): ProcessIo | undefined {
  const number = (name: string) => new RegExp(`^${name}: (\\d+)$`, 'm').exec(text ?? '')?.[1];
  const [read, written] = [number('read_bytes'), number('write_bytes')];
  return read === undefined || written === undefined
    ? undefined
    : { read: Number(read), written: Number(written) };
}
