import { readFileSync } from 'node:fs';

let id: string | undefined;

/** Identifies this boot of the machine: a UUID, random at each (random(4)). */
export function bootId(): string {
  id ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return id;
}
