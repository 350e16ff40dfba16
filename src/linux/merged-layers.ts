import { closeSync, fstatSync, type Stats } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { O_CLOEXEC, O_NOFOLLOW, O_PATH, RESOLVE_NO_SYMLINKS } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';
import { INSIDE_ROOT, openat2 } from './openat2.ts';

const MAX_LINKS = 40; // the kernel's own, path_resolution(7)
const PATH_MAX = 4096;

const readlinkat = declare<[number, string, Buffer, number]>(
  'long readlinkat(int directory, const char *path, void *buffer, size_t size)',
);
const getxattr = declare<[string, string, Buffer, number]>(
  'long getxattr(const char *path, const char *name, void *value, size_t size)',
);

/**
 * Opens (O_PATH) what `path` names in the directory that overlay would show for these layers, topmost
 * first. Undefined where there is nothing. The layers are hostile: each name is looked up on its own and
 * each link is followed here, since a link of one layer may lead to what only another layer holds.
 */
export function openMerged(roots: readonly number[], path: string): number | undefined {
  const names = resolve(roots, path);
  return names && lookUp(roots, names);
}

/** The path without links, as names below the root. */
function resolve(roots: readonly number[], path: string): string[] | undefined {
  let walked: string[] = [];
  let links = 0;
  const rest = split(path).reverse();
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === '..') {
      walked.pop();
      continue;
    }
    const entry = lookUp(roots, [...walked, name]);
    if (entry === undefined) return undefined;
    try {
      const stats = fstatSync(entry);
      if (stats.isSymbolicLink()) {
        if (++links > MAX_LINKS) throw endless(path);
        const text = readLink(entry);
        if (text.startsWith('/')) walked = [];
        rest.push(...split(text).reverse());
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

/** Looks for names without links, from the topmost layer down to one that hides those below it. */
function lookUp(roots: readonly number[], names: readonly string[]): number | undefined {
  for (const [index, root] of roots.entries()) {
    try {
      const entry = openExact(root, names);
      if (!isWhiteout(fstatSync(entry))) return entry;
      closeSync(entry);
      return undefined;
    } catch (error) {
      // Something else than a directory stands here in the place of a parent.
      if (isErrno(error, 'ENOTDIR') || isErrno(error, 'ELOOP')) return undefined;
      if (!isErrno(error, 'ENOENT')) throw error;
      if (index + 1 < roots.length && isOpaque(root, names)) return undefined;
    }
  }
  return undefined;
}

function openExact(root: number, names: readonly string[]): number {
  const flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  return openat2(root, `./${names.join('/')}`, flags, INSIDE_ROOT | RESOLVE_NO_SYMLINKS);
}

/** A character device 0:0 says that the name is deleted (overlayfs.rst, "whiteouts and opaque directories"). */
function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

/** Whether a directory on the way says that nothing of lower layers shows through it. */
function isOpaque(root: number, names: readonly string[]): boolean {
  for (let depth = names.length - 1; depth > 0; depth--) {
    let directory: number;
    try {
      directory = openExact(root, names.slice(0, depth));
    } catch {
      continue;
    }
    try {
      const value = Buffer.alloc(1);
      getxattr(`/proc/self/fd/${directory}`, 'trusted.overlay.opaque', value, 1);
      if (value.toString() === 'y') return true;
    } catch {
      // No such attribute.
    } finally {
      closeSync(directory);
    }
  }
  return false;
}

function readLink(entry: number): string {
  const text = Buffer.alloc(PATH_MAX);
  return text.toString('utf8', 0, readlinkat(entry, '', text, text.length));
}

function split(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function endless(path: string): ScError {
  return new ScError('SC_STORAGE_FAILED', `open "${path}": more than ${MAX_LINKS} links on the way`, {
    errno: 'ELOOP',
  });
}
