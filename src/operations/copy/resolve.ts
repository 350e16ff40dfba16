import { closeSync, fstatSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { readlinkat } from '../../linux/directory-entries.ts';
import { splitPath } from '../../linux/merged-layers.ts';
import { childPath, type Root } from './root.ts';
import { Trail } from './trail.ts';
import { notDirectory, notThere, shown } from './words.ts';

const MAX_LINKS = 40; // the kernel's own, path_resolution(7)
const SLASH = 0x2f;

/** What a path leads to. */
export interface Found {
  /** The directory itself, or the one in which the name is. The receiver closes it. */
  trail: Trail;
  /** Of what is no directory, or is not there; undefined where it is the directory itself. */
  name: Buffer | undefined;
  /** Whether something is there. */
  isThere: boolean;
}

/**
 * Follows a path in a root. Links are read and followed here, so that none leads out of it, whoever changes them
 * meanwhile; the last one only where it is asked for. Only the last name may be missing. Throws SC_NOT_FOUND,
 * SC_STORAGE_FAILED for what is no directory on the way or links without an end, and SC_UNSUPPORTED below a mount that
 * is not there now.
 */
export function resolvePath(root: Root, path: Buffer, { followLast }: { followLast: boolean }): Found {
  const trail = new Trail(root);
  try {
    return follow(trail, splitPath(path).reverse(), followLast);
  } catch (error) {
    trail.close();
    throw error;
  }
}

function follow(trail: Trail, rest: string[], followLast: boolean): Found {
  const { root } = trail;
  let links = 0;
  for (let text = rest.pop(); text !== undefined; text = rest.pop()) {
    if (text === '..') {
      trail.leave();
      continue;
    }
    const name = Buffer.from(text, 'latin1');
    const path = childPath(trail.path, name);
    refuseAbsent(root, path);
    const entry = openIfThere(trail, name);
    if (entry === undefined) {
      if (rest.length > 0) throw notThere(root, path);
      return { trail, name, isThere: false };
    }
    const stats = fstatSync(entry);
    if (stats.isDirectory()) {
      trail.enterOpened(name, entry);
      continue;
    }
    const isLink = stats.isSymbolicLink() && (followLast || rest.length > 0);
    const target = isLink ? takeLink(root, path, entry) : undefined;
    if (target === undefined) {
      closeSync(entry);
      if (rest.length > 0) throw notDirectory(root, path);
      return { trail, name, isThere: true };
    }
    if (++links > MAX_LINKS) throw endless(root, path);
    if (target[0] === SLASH) trail.leaveTo(0);
    rest.push(...splitPath(target).reverse());
  }
  return { trail, name: undefined, isThere: true };
}

function openIfThere(trail: Trail, name: Buffer): number | undefined {
  try {
    return trail.open(name);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function takeLink(root: Root, path: string, entry: number): Buffer {
  try {
    return readlinkat(entry, Buffer.alloc(0));
  } catch (error) {
    // Such as /proc/self, which leads to who is in the container, and nowhere for us.
    throw isErrno(error, 'ENOENT') ? notThere(root, path) : error;
  } finally {
    closeSync(entry);
  }
}

/** What is mounted while a container runs is not there when it does not. */
function refuseAbsent(root: Root, path: string): void {
  const hint = root.absent.get(path);
  if (hint === undefined) return;
  throw new ScError(
    'SC_UNSUPPORTED',
    `copy "${shown(root, path)}": something is mounted there, but only while the container runs`,
    { hint },
  );
}

function endless(root: Root, path: string): ScError {
  return new ScError(
    'SC_STORAGE_FAILED',
    `copy "${shown(root, path)}": more than ${MAX_LINKS} links on the way`,
    {
      errno: 'ELOOP',
    },
  );
}
