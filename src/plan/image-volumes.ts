import { posix } from 'node:path';
import type { ImageProcess } from '../schema/image/config.ts';

/** Where an image wants a volume (`VOLUME`), without `..` and double slashes; what no container can have is refused elsewhere. */
export function volumesOfImage({ Volumes }: ImageProcess): string[] {
  return [...new Set(Object.keys(Volumes ?? {}).map(normalTarget))].sort();
}

/** Each is a directory on the disk for each container: an image with more of them fills it with names alone. */
const MOST = 256;

/** Those that can be nobody's, in words. */
export function faultsOfVolumes({ Volumes }: ImageProcess): string[] {
  const count = Object.keys(Volumes ?? {}).length;
  if (count > MOST) return [`${count} Volumes, where ${MOST} are allowed`];
  return Object.keys(Volumes ?? {})
    .filter(
      (path) => !path.startsWith('/') || path.includes('\0') || /^\/(proc(\/|$)|$)/.test(normalTarget(path)),
    )
    .map((path) => `Volumes ${JSON.stringify(path)}`);
}

export function normalTarget(path: string): string {
  return posix.join('/', path).replace(/(.)\/$/, '$1');
}
