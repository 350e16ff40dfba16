import { ScError } from '../../errors/error.ts';
import { type Found, resolvePath } from './resolve.ts';
import { childPath, type Root } from './root.ts';
import { endingOf, type Source } from './source.ts';
import type { Trail } from './trail.ts';
import { notDirectory, shown } from './words.ts';

/** Where sources go: a directory, and what each is called in it. */
export interface Destination {
  trail: Trail;
  /** Of each source; an empty one where what is in it goes into the directory itself. */
  tops: Buffer[];
}

/**
 * Where sources go by the path that they are to have, as `cp` and docker have it: into a directory that is there, in the
 * place of a file, or as what is not there yet in a directory that is. Throws SC_STORAGE_FAILED where that cannot be.
 * The receiver closes the trail.
 */
export function findDestination(root: Root, path: Buffer, sources: readonly Source[]): Destination {
  const found = resolvePath(root, path, { followLast: true });
  try {
    refuseReadOnly(root, found);
    if (found.name === undefined) return { trail: found.trail, tops: sources.map(inDirectory) };
    return { trail: found.trail, tops: [named(root, found, found.name, path, sources)] };
  } catch (error) {
    found.trail.close();
    throw error;
  }
}

/** Where a mount is on the way or further down the kernel knows best. */
function refuseReadOnly(root: Root, { trail, name }: Found): void {
  if (root.readOnly === undefined) return;
  const at = name === undefined ? trail.path : childPath(trail.path, name);
  const isMounted = (mount: string) => isWithin(at, mount) || isWithin(mount, at);
  if ([...root.mounts.keys()].some(isMounted)) return;
  throw new ScError('SC_STORAGE_FAILED', `copy to "${shown(root, at)}": ${root.readOnly}`, {
    errno: 'EROFS',
  });
}

function isWithin(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

/** A directory into which a tar goes. Throws SC_STORAGE_FAILED and SC_NOT_FOUND. */
export function findDirectory(root: Root, path: Buffer): Trail {
  const { trail, tops } = findDestination(root, path, []);
  if (tops.length === 0) return trail;
  trail.close();
  throw notDirectory(root, trail.path);
}

function inDirectory({ name }: Source): Buffer {
  return name ?? Buffer.alloc(0);
}

function named(
  root: Root,
  { trail, isThere }: Found,
  name: Buffer,
  path: Buffer,
  [source, ...others]: readonly Source[],
): Buffer {
  const at = childPath(trail.path, name);
  const isDirectory = source?.found.name === undefined;
  const refuse = (why: string, errno: string) =>
    new ScError('SC_STORAGE_FAILED', `copy to "${shown(root, at)}": ${why}`, { errno });
  if (source === undefined || others.length > 0)
    throw refuse(`it is ${isThere ? 'no directory' : 'not there'}, and has to be a directory`, 'ENOTDIR');
  if (isThere && isDirectory) throw refuse('a directory cannot take the place of a file', 'ENOTDIR');
  if (isThere && endingOf(path).isDirectory) throw refuse('it is no directory', 'ENOTDIR');
  if (!isThere && !isDirectory && endingOf(path).isDirectory)
    throw refuse('there is no such directory', 'ENOENT');
  return name;
}
