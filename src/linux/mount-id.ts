import { readFileSync } from 'node:fs';

/** The number of the mount that what a descriptor stands for lies on, as in /proc/self/mountinfo. */
export function mountIdOf(descriptor: number): string {
  const [, id = ''] =
    /^mnt_id:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
  return id;
}
