import { closeSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { splitPath } from '../../linux/merged-layers.ts';
import { expand, isPattern } from './glob.ts';
import { kernelFilesystem } from './kernel-filesystems.ts';
import { type Found, resolvePath } from './resolve.ts';
import { childPath, type Root } from './root.ts';
import { notDirectory, notThere, shown } from './words.ts';

/** One thing that is to be copied. */
export interface Source {
  found: Found;
  /** What it is called where it is put into a directory; undefined where only what is in it goes there. */
  name: Buffer | undefined;
}

/**
 * What a path of a root stands for: of a container it may be a pattern. A link is itself, unless links are to be
 * followed or the path goes on behind it. Throws SC_NOT_FOUND where nothing is there, and SC_UNSUPPORTED for what is the
 * kernel's. The receiver closes all trails.
 */
export function findSources(root: Root, path: Buffer, followLink: boolean): Source[] {
  const paths = !root.isHost && isPattern(path.toString('latin1')) ? expand(root, path) : [path];
  const sources: Source[] = [];
  try {
    for (const each of paths) sources.push(findSource(root, restoreEnding(each, path), followLink));
    if (sources.length === 0) throw notThere(root, path.toString('latin1'));
    return sources;
  } catch (error) {
    for (const { found } of sources) found.trail.close();
    throw error;
  }
}

function findSource(root: Root, path: Buffer, followLink: boolean): Source {
  const { isContent, isDirectory } = endingOf(path);
  const found = resolvePath(root, path, { followLast: followLink || isDirectory });
  try {
    const { trail, name } = found;
    if (!found.isThere || (name !== undefined && isDirectory)) {
      const at = name === undefined ? trail.path : childPath(trail.path, name);
      throw found.isThere ? notDirectory(root, at) : notThere(root, at);
    }
    refuseKernel(root, found);
    const last = splitPath(path).at(-1);
    const base = last === undefined || last === '..' ? trail.names.at(-1) : Buffer.from(last, 'latin1');
    return { found, name: isContent ? undefined : base };
  } catch (error) {
    found.trail.close();
    throw error;
  }
}

/** Behind a path whose last part was a pattern stands what stood behind the pattern. */
function restoreEnding(path: Buffer, pattern: Buffer): Buffer {
  const [ending = ''] = /\/(\.?)$/.exec(pattern.toString('latin1')) ?? [];
  return path === pattern ? path : Buffer.concat([path, Buffer.from(ending)]);
}

/** What the end of a path asks for: a directory, or what is in it. */
export function endingOf(path: Buffer): { isDirectory: boolean; isContent: boolean } {
  const text = path.toString('latin1');
  const isContent = text === '.' || text.endsWith('/.');
  return { isContent, isDirectory: isContent || text.endsWith('/') };
}

/** Of a file that the kernel makes up nobody knows how long it is, and what it does when it is read. */
function refuseKernel(root: Root, { trail, name }: Found): void {
  const entry = name === undefined ? undefined : trail.open(name);
  try {
    const type = kernelFilesystem(entry ?? trail.descriptor);
    if (type === undefined || root.isHost) return;
    const path = name === undefined ? trail.path : childPath(trail.path, name);
    throw new ScError('SC_UNSUPPORTED', `copy "${shown(root, path)}": it is of the kernel (${type})`, {
      hint: 'sc exec NAME cat FILE',
    });
  } finally {
    if (entry !== undefined) closeSync(entry);
  }
}
