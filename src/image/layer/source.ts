import { type BigIntStats, closeSync, openSync, readSync } from 'node:fs';
import { O_CLOEXEC, O_RDONLY } from '../../linux/constants.ts';
import { deviceNumbers, readlinkat } from '../../linux/directory-entries.ts';
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
    for (let done = 0; done < size; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, size - done));
      const read = readSync(file, buffer, 0, buffer.length, done);
      if (read === 0) return;
      done += read;
      yield buffer.subarray(0, read);
    }
  } finally {
    closeSync(file);
  }
}

function typeOf(stats: BigIntStats): EntryType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'character';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : undefined;
}
