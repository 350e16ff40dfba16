import { SEEK_DATA, SEEK_HOLE } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';

const lseek = declare<[number, number, number]>('int64_t lseek(int fd, int64_t offset, int whence)');

/** Where a file has content, as bytes from its beginning; all else of it is holes. */
export interface Extent {
  offset: number;
  length: number;
}

/**
 * The content of an open regular file of `size` bytes, in order (lseek(2), "Seeking file data and holes"). A
 * filesystem that knows no holes says that all is content. Moves the offset of the descriptor.
 */
export function* extents(descriptor: number, size: number): Generator<Extent> {
  for (let end = 0; end < size; ) {
    const offset = seekData(descriptor, end);
    if (offset === undefined || offset >= size) return;
    end = Math.min(lseek(descriptor, offset, SEEK_HOLE), size);
    yield { offset, length: end - offset };
  }
}

/** Undefined where nothing but a hole follows. */
function seekData(descriptor: number, from: number): number | undefined {
  try {
    return lseek(descriptor, from, SEEK_DATA);
  } catch (error) {
    if (isErrno(error, 'ENXIO')) return undefined;
    throw error;
  }
}
