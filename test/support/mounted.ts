import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { eventually } from './command-line.ts';

/**
 * Mounts an empty directory on a place while `act` acts, with such options of mount(8) afterwards. It is one
 * beside the place: before Linux 6.3 a tmpfs cannot be shown with mapped owners, what is on a disk can.
 */
export async function mounted(place: string, act: () => Promise<void>, ...options: string[]): Promise<void> {
  const directory = `${place}-mounted`;
  mkdirSync(directory);
  execFileSync('mount', ['--bind', '--make-private', directory, place]);
  try {
    for (const option of options) execFileSync('mount', [option, place]);
    await act();
  } finally {
    execFileSync('umount', ['-R', place]);
  }
}

/** Takes away what containers were on: the kernel lets go of their mounts a moment after the last process of each. */
export async function unmount(place: string): Promise<void> {
  await eventually(() => (spawnSync('umount', [place]).status === 0 ? true : undefined));
}
