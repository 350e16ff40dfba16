import { readSync } from 'node:fs';
import { SEEK_DATA, SEEK_HOLE } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';

const lseek = declare<[number, number, number]>('int64_t lseek(int fd, int64_t offset, int whence)');

const CHUNK = 1024 * 1024;

/** Where a file has content, as bytes from its beginning; all else of it is holes. */
interface Extent {
  offset: number;
  length: number;
}

/** Bytes of a file, valid until the next are asked for, and where in it they stand. */
interface Piece {
  bytes: Buffer;
  offset: number;
}

/**
 * The content of an open regular file of `size` bytes, in order and without its holes. Where somebody has made the file
 * shorter meanwhile, the last piece is empty. Moves the offset of the descriptor.
 */
export function* contentOf(descriptor: number, size: number): Generator<Piece> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size));
  for (const { offset, length } of extents(descriptor, size)) {
    for (let done = 0; done < length; ) {
      const read = readSync(descriptor, buffer, 0, Math.min(buffer.length, length - done), offset + done);
      yield { bytes: buffer.subarray(0, read), offset: offset + done };
      if (read === 0) return;
      done += read;
    }
  }
}

/** lseek(2), "Seeking file data and holes". A filesystem that knows no holes says that all is content. */
function* extents(descriptor: number, size: number): Generator<Extent> {
  for (let end = 0; end < size; ) {
    const offset = nextContent(descriptor, end, size);
    if (offset === size) return;
    end = Math.min(lseek(descriptor, offset, SEEK_HOLE), size);
    yield { offset, length: end - offset };
  }
}

/** Where content goes on from an offset; `size` where none does. Moves the offset of the descriptor. */
export function nextContent(descriptor: number, from: number, size: number): number {
  try {
    return Math.min(lseek(descriptor, from, SEEK_DATA), size);
  } catch (error) {
    if (isErrno(error, 'ENXIO')) return size;
    throw error;
  }
}
