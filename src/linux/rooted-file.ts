import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { O_DIRECTORY, O_PATH } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { openMerged } from './merged-layers.ts';

/**
 * Reads a regular file of a root filesystem that nobody vouches for. `layers` are the directories that
 * overlay merges, topmost first; `path` is as seen from inside, and links resolve within the layers and
 * never lead out of them.
 *
 * Undefined where there is no such file. Throws SC_STORAGE_FAILED for a directory, FIFO, socket or device
 * in its place, for a file of more than `maxBytes`, and for links without an end.
 */
export function readRootedFile(
  layers: readonly string[],
  path: string,
  maxBytes: number,
): Buffer | undefined {
  const roots = openLayers(layers);
  try {
    const entry = openMerged(roots, path);
    return entry === undefined ? undefined : readAndClose(entry, path, maxBytes);
  } finally {
    for (const root of roots) closeSync(root);
  }
}

function openLayers(layers: readonly string[]): number[] {
  const roots: number[] = [];
  for (const layer of layers) {
    try {
      roots.push(openSync(layer, O_PATH | O_DIRECTORY));
    } catch (cause) {
      for (const root of roots) closeSync(root);
      throw new ScError('SC_STORAGE_FAILED', `open layer "${layer}" of a root filesystem`, { cause });
    }
  }
  return roots;
}

function readAndClose(entry: number, path: string, maxBytes: number): Buffer {
  try {
    const stats = fstatSync(entry);
    if (!stats.isFile()) throw refusal(path, `it is ${kind(stats)}, not a regular file`);
    const bytes = stats.size > maxBytes ? undefined : readUpTo(maxBytes, entry, path, stats.size);
    if (bytes === undefined) throw refusal(path, `it is larger than ${maxBytes} bytes`);
    return bytes;
  } finally {
    closeSync(entry);
  }
}

/**
 * O_PATH opened no device and waited for no writer of a FIFO. Now that the entry is known to be a regular
 * file, its own link in /proc opens that file and no other that has taken its place meanwhile.
 */
function readUpTo(maxBytes: number, entry: number, path: string, size: number): Buffer | undefined {
  const file = openWithoutWaiting(entry, path);
  try {
    // One byte more, which shows that it has grown while it is read. Room for all that is allowed would have the
    // garbage of megabytes collected at each start.
    let bytes = Buffer.allocUnsafe(size + 1);
    for (let length = 0; length <= maxBytes; ) {
      if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, maxBytes + 1));
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) return bytes.subarray(0, length);
      length += read;
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** Whoever holds a lease on the file would keep a reader waiting for lease-break-time, 45 s (fcntl(2)). */
function openWithoutWaiting(entry: number, path: string): number {
  try {
    return openSync(`/proc/self/fd/${entry}`, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'EAGAIN')) throw refusal(path, 'a program keeps others from it by a lease (fcntl(2))');
    throw error;
  }
}

function kind(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  if (stats.isSymbolicLink()) return 'a link that has taken its place meanwhile';
  return 'a device';
}

function refusal(path: string, why: string): ScError {
  return new ScError('SC_STORAGE_FAILED', `read "${path}" of the root filesystem: ${why}`);
}
