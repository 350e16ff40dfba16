import { readFileSync } from 'node:fs';

let id: string | undefined;

/** Identifies this boot of the machine: a UUID, random at each (random(4)). */
export function bootId(): string {
  id ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return id;
}

/** When the machine was started, in milliseconds since 1970, to the second (proc_stat(5), btime). */
export function bootTime(): number {
  return 1000 * Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
}

/** Milliseconds since then, also those in which it slept (proc_uptime(5)). */
export function uptime(): number {
  return 1000 * Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}
