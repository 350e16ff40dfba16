import { type BigIntStats, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { O_CLOEXEC, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDONLY } from '../linux/constants.ts';
import { isErrno } from '../linux/descriptor.ts';
import { holding } from '../linux/directory.ts';
import { nextContent } from '../linux/file-content.ts';
import { isOfHost } from '../linux/merged-layers.ts';
import { readXattrs } from '../linux/xattrs.ts';

/** An entry of a tree: a path through a directory that is held, and what it was found to be. */
export interface Entry {
  path: Buffer;
  stats: BigIntStats;
}

const CHUNK = 1 << 17;

/**
 * Whether an entry is another than it was, the same by every storage driver. `isWritten` says whether it may have
 * been written to at all since then: who only looks at size and time misses what sets the time back.
 */
export function isChanged(before: Entry, after: Entry, isWritten: boolean): boolean {
  const [old, now] = [before.stats, after.stats];
  if (old.mode !== now.mode || old.uid !== now.uid || old.gid !== now.gid) return true;
  const isDevice = now.isCharacterDevice() || now.isBlockDevice();
  if (isDevice && old.rdev !== now.rdev) return true;
  // They change with what is in a directory, which speaks for itself.
  if (!now.isDirectory() && (old.size !== now.size || old.mtimeNs !== now.mtimeNs)) return true;
  if (!isWritten) return false;
  if (now.isSymbolicLink() && !textOf(before).equals(textOf(after))) return true;
  return xattrsDiffer(before, after) || (now.isFile() && bytesDiffer(before, after));
}

function xattrsDiffer(before: Entry, after: Entry): boolean {
  const old = xattrsOf(before);
  const now = xattrsOf(after);
  return old.size !== now.size || [...old].some(([name, value]) => !now.get(name)?.equals(value));
}

function xattrsOf({ path }: Entry): Map<string, Buffer> {
  const entry = openSync(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  return new Map([...holding(entry, readXattrs)].filter(([name]) => !isOfHost(name)));
}

function textOf({ path }: Entry): Buffer {
  return readlinkSync(path, 'buffer');
}

/** Of two files of one size. What is a hole in both is not read. */
function bytesDiffer(before: Entry, after: Entry): boolean {
  const size = Number(after.stats.size);
  return withFile(before, (old) =>
    withFile(after, (now) => {
      const [left, right] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
      const next = (at: number) => Math.min(nextContent(old, at, size), nextContent(now, at, size));
      for (let at = next(0); at < size; at = next(at + CHUNK)) {
        const length = readUpTo(old, left, at);
        if (length !== readUpTo(now, right, at)) return true;
        if (!left.subarray(0, length).equals(right.subarray(0, length))) return true;
      }
      return false;
    }),
  );
}

/** True, for it is another now, where something else than the regular file has taken its place. */
function withFile({ path, stats }: Entry, look: (descriptor: number) => boolean): boolean {
  try {
    return holding(openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), (descriptor) => {
      return fstatSync(descriptor, { bigint: true }).ino !== stats.ino || look(descriptor);
    });
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].some((errno) => isErrno(error, errno))) return true;
    throw error;
  }
}

function readUpTo(descriptor: number, bytes: Buffer, offset: number): number {
  let length = 0;
  for (let read = -1; read !== 0 && length < bytes.length; length += read)
    read = readSync(descriptor, bytes, length, bytes.length - length, offset + length);
  return length;
}
