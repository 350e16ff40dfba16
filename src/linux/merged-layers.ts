import { type BigIntStats, closeSync, fstatSync, type Stats } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { isErrno } from './descriptor.ts';
import { openBeneath, openDirectoryAt } from './directory.ts';
import { readlinkat } from './directory-entries.ts';
import { readXattr } from './xattrs.ts';

/** Links on the way to a file; the kernel's own bound (path_resolution(7)). */
export const MAX_LINKS = 40;

/** The attribute by which overlay knows that nothing of lower layers shows through a directory (`y`). */
export const OPAQUE = 'trusted.overlay.opaque';

/** Attributes by which overlay steers itself, with whatever rights it was mounted (overlayfs.rst); no content. */
export function steersOverlay(xattr: string): boolean {
  return /^(trusted|user)\.overlay\./.test(xattr);
}

/** What no layer has: overlay's own, and the host's: SELinux gives a label to whatever is made, by where that stands. */
export function isOfHost(xattr: string): boolean {
  return steersOverlay(xattr) || xattr === 'security.selinux';
}

const SLASH = 0x2f;

/**
 * Opens (O_PATH) what `path` names in the directory that overlay would show for these layers, topmost
 * first. Undefined where there is nothing. The layers are hostile: each name is looked up on its own and
 * each link is followed here, since a link of one layer may lead to what only another layer holds.
 */
export function openMerged(roots: readonly number[], path: string): number | undefined {
  const names = resolveMerged(roots, path);
  return names && openMergedNames(roots, names);
}

/** The path without links, as names below the root ("latin1"); undefined where there is nothing. */
export function resolveMerged(roots: readonly number[], path: string): string[] | undefined {
  let walked: string[] = [];
  let links = 0;
  const rest = splitPath(Buffer.from(path)).reverse();
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === '..') {
      walked.pop();
      continue;
    }
    const entry = openMergedNames(roots, [...walked, name]);
    if (entry === undefined) return undefined;
    try {
      const stats = fstatSync(entry);
      if (stats.isSymbolicLink()) {
        if (++links > MAX_LINKS) throw endless(path);
        const text = readlinkat(entry, Buffer.alloc(0));
        if (text[0] === SLASH) walked = [];
        rest.push(...splitPath(text).reverse());
      } else if (rest.length > 0 && !stats.isDirectory()) {
        return undefined;
      } else {
        walked.push(name);
      }
    } finally {
      closeSync(entry);
    }
  }
  return walked;
}

/**
 * Opens (O_PATH) what names without links on the way lead to, from the topmost layer down to one that hides those
 * below it. Names are text whose code units are bytes ("latin1"): no encoding is promised.
 */
export function openMergedNames(roots: readonly number[], names: readonly string[]): number | undefined {
  for (const [index, root] of roots.entries()) {
    try {
      const entry = openBeneath(root, joinNames(names));
      if (!isWhiteout(fstatSync(entry))) return entry;
      closeSync(entry);
      return undefined;
    } catch (error) {
      // Something else than a directory stands here in the place of a parent.
      if (isErrno(error, 'ENOTDIR') || isErrno(error, 'ELOOP')) return undefined;
      if (!isErrno(error, 'ENOENT')) throw error;
      if (index + 1 < roots.length && isOpaqueOnTheWay(root, names)) return undefined;
    }
  }
  return undefined;
}

/** A character device 0:0 says that the name is deleted (overlayfs.rst, "whiteouts and opaque directories"). */
export function isWhiteout(stats: Stats | BigIntStats): boolean {
  return stats.isCharacterDevice() && Number(stats.rdev) === 0;
}

/** Whether a directory says that nothing of lower layers shows through it. */
export function isOpaque(directory: number): boolean {
  return readXattr(directory, OPAQUE)?.toString() === 'y';
}

function isOpaqueOnTheWay(root: number, names: readonly string[]): boolean {
  let directory = root;
  try {
    for (const name of names.slice(0, -1)) {
      // From one to the next: a path from the root each time would take the square of its length.
      const next = openInside(directory, name);
      if (next === undefined) return false;
      if (directory !== root) closeSync(directory);
      directory = next;
      if (isOpaque(directory)) return true;
    }
    return false;
  } finally {
    if (directory !== root) closeSync(directory);
  }
}

function openInside(directory: number, name: string): number | undefined {
  try {
    return openDirectoryAt(directory, Buffer.from(name, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The names of a path; empty ones and `.` say nothing. */
export function splitPath(path: Buffer): string[] {
  return path
    .toString('latin1')
    .split('/')
    .filter((name) => name !== '' && name !== '.');
}

/** Names as a path for openat2(2), which takes it below the directory that it starts from. */
export function joinNames(names: readonly string[]): Buffer {
  return Buffer.from(`./${names.join('/')}`, 'latin1');
}

function endless(path: string): ScError {
  return new ScError('SC_STORAGE_FAILED', `open "${path}": more than ${MAX_LINKS} links on the way`, {
    errno: 'ELOOP',
  });
}
