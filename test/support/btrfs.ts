import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, rmSync } from 'node:fs';

const MIB = 2 ** 20;

/**
 * Mounts a new btrfs of so many MiB on a directory, in a file beside it, until it is removed; also when this process
 * ends before. The kernel lets go of the loop device with the mount.
 */
export function mountBtrfs(place: string, size: number): { remove(): void } {
  const image = `${place}.btrfs`;
  const file = openSync(image, 'wx', 0o600);
  ftruncateSync(file, size * MIB);
  closeSync(file);
  let isMounted = false;
  const remove = () => {
    process.off('exit', remove);
    if (isMounted) execFileSync('umount', [place]);
    isMounted = false;
    rmSync(image, { force: true });
  };
  process.on('exit', remove);
  try {
    execFileSync('mkfs.btrfs', ['--quiet', image]);
    execFileSync('mount', ['-o', 'loop', image, place]);
    isMounted = true;
    return { remove };
  } catch (error) {
    remove();
    throw error;
  }
}
