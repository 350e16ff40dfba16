import { readFileSync } from 'node:fs';

/** Identifies this boot of the machine: a UUID, random at each (random(4)). */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
