import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

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
