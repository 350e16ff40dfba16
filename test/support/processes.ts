import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { processIsAlive, processReference } from '../../src/linux/process.ts';

/** Those that live in the pid namespace of a process, as the host sees them, but for zombies: few pids 1 reap. */
export function processesWith(pid: number): number[] {
  const namespace = readlinkSync(`/proc/${pid}/ns/pid`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => {
      try {
        return readlinkSync(`/proc/${other}/ns/pid`) === namespace && processIsAlive(processReference(other));
      } catch {
        return false;
      }
    });
}

/** Processes of this machine that were started with exactly these arguments. */
export function processesOf(args: readonly string[]): number[] {
  const wanted = args.map((arg) => `${arg}\0`).join('');
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8') === wanted;
      } catch {
        return false;
      }
    });
}
