import { posix } from 'node:path';
import type { ImageProcess } from '../schema/image/config.ts';

/** Where an image wants a volume (`VOLUME`), without `..` and double slashes; what no container can have is refused elsewhere. */
export function volumesOfImage({ Volumes }: ImageProcess): string[] {
  return [...new Set(Object.keys(Volumes ?? {}).map(normalTarget))].sort();
}

/** Those that can be nobody's, in words. */
export function faultsOfVolumes({ Volumes }: ImageProcess): string[] {
  return Object.keys(Volumes ?? {})
    .filter(
      (path) => !path.startsWith('/') || path.includes('\0') || /^\/(proc(\/|$)|$)/.test(normalTarget(path)),
    )
    .map((path) => `Volumes ${JSON.stringify(path)}`);
}

export function normalTarget(path: string): string {
  return posix.join('/', path).replace(/(.)\/$/, '$1');
}
