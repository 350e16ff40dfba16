import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { unless } from '../linux/link.ts';
import { parseImageReference } from '../plan/image-reference.ts';
import type { Runnable } from '../plan/runnable.ts';

/** Where paths count from, and where sc has what containers write. */
export interface Directories {
  directory: string;
  root: string;
}

/** What of a container one of these absolute paths lies in: what it is made of, or what it can write to. */
export function placeOfContainer(
  paths: readonly string[],
  container: Runnable,
  directories: Directories,
): { path: string; what: string } | undefined {
  return placesOfContainers(container, directories).find(({ path }) =>
    [path, realPathOf(path) ?? path].some((place) => paths.some((one) => isBelow(one, place))),
  );
}

function placesOfContainers(
  { image, mounts = [] }: Runnable,
  { directory, root }: Directories,
): { path: string; what: string }[] {
  const named = parseImageReference(image, directory);
  return [
    { path: root, what: 'where sc keeps what containers write' },
    ...(named.kind === 'directory'
      ? [{ path: named.path, what: 'the root filesystem of the container' }]
      : []),
    ...mounts.flatMap(({ bind, readOnly }) =>
      bind === undefined || readOnly === true
        ? []
        : [{ path: resolve(directory, bind), what: 'which the container can write to' }],
    ),
  ];
}

/** Who has the whole of the host needs no pid file to do harm. */
function isBelow(path: string, place: string): boolean {
  return place !== '/' && `${path}/`.startsWith(`${place}/`);
}

/** Undefined where it leads nowhere. */
export function realPathOf(path: string): string | undefined {
  return unless(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'], () => realpathSync(path));
}
