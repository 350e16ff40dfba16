import { type BigIntStats, closeSync, fstatSync, openSync } from 'node:fs';
import { O_CLOEXEC, O_RDONLY } from '../../linux/constants.ts';
import { deviceNumbers, readlinkat } from '../../linux/directory-entries.ts';
import { contentOf } from '../../linux/file-content.ts';
import type { EntryType, TarEntry } from '../tar/entry.ts';
import { readMetadata } from './metadata.ts';

export const CHUNK = 1024 * 1024;

/** What is packed, by a descriptor that reads nothing yet (O_PATH), so that no FIFO or device is opened. */
export interface Source {
  readonly descriptor: number;
  readonly names: readonly string[];
  readonly stats: BigIntStats;
}

/** Its entry in a tar; undefined for a socket, which lives as long as who has made it. */
export function describeSource({ descriptor, names, stats }: Source): TarEntry | undefined {
  const type = typeOf(stats);
  if (type === undefined) return undefined;
  const isDevice = type === 'character' || type === 'block';
  const { major, minor } = deviceNumbers(isDevice ? stats.rdev : 0n);
  return {
    ...readMetadata(descriptor),
    path: pathInTar(names, type === 'directory'),
    type,
    size: type === 'file' ? Number(stats.size) : 0,
    link: type === 'symlink' ? readlinkat(descriptor, Buffer.alloc(0)) : Buffer.alloc(0),
    deviceMajor: major,
    deviceMinor: minor,
  };
}

/** A directory is known by the slash at its end; the root is `./`. */
export function pathInTar(names: readonly string[], isDirectory: boolean): Buffer {
  const path = names.length === 0 ? '.' : names.join('/');
  return Buffer.from(`${path}${isDirectory ? '/' : ''}`, 'latin1');
}

/** Content of a regular file as far as `size`, or less where it ends before. What it grows meanwhile is left out. */
export function* readContent({ descriptor }: Source, size: number): Generator<Buffer> {
  const file = openSync(`/proc/self/fd/${descriptor}`, O_RDONLY | O_CLOEXEC);
  try {
    let done = 0;
    for (const { bytes, offset } of contentOf(file, size)) {
      yield* hole(offset - done);
      // Where more follows it is read to the same place.
      yield bytes.length < size ? Buffer.from(bytes) : bytes;
      done = offset + bytes.length;
    }
    // Behind the last content is a hole, or nothing any more.
    yield* hole(Math.min(size, fstatSync(file).size) - done);
  } finally {
    closeSync(file);
  }
}

const zeros = Buffer.alloc(CHUNK);

/** Nobody reads what is not there: the kernel would keep pages of zeros for it. */
function* hole(length: number): Generator<Buffer> {
  for (let rest = length; rest > 0; rest -= CHUNK) yield zeros.subarray(0, Math.min(CHUNK, rest));
}

function typeOf(stats: BigIntStats): EntryType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : undefined;
}
