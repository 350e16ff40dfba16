import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { gathered } from './gathered.ts';

const deflate = promisify<Buffer, object, Buffer>(deflateRaw);

/** Bytes that are compressed at once by one thread. */
const PIECE = 256 * 1024;

/** Pieces that are compressed at the same time: the thread pool has four threads. */
const AT_ONCE = 4;

/** How far back deflate refers (RFC 1951, 2). */
const WINDOW = 32 * 1024;

/** RFC 1952, 2.3: deflate, no flags, no time, no level, of Unix. */
const HEADER = Buffer.from('1f8b0800000000000003', 'hex');

/** An empty block of fixed codes, marked as the last (RFC 1951, 3.2.3). */
const LAST_BLOCK = Buffer.from('0300', 'hex');

/**
 * Compresses as one stream, by all processors: each piece knows the end of the one before, and ends at a whole byte, so
 * that they stand behind one another as if one thread had made them.
 */
export async function* gzip(chunks: AsyncIterable<Buffer>, level = 6): AsyncGenerator<Buffer> {
  const making: Promise<Buffer>[] = [];
  const trailer = Buffer.alloc(8);
  let size = 0;
  let sum = 0;
  let before: Buffer = Buffer.alloc(0);
  yield HEADER;
  for await (const piece of gathered(chunks, PIECE)) {
    sum = crc32(piece, sum);
    size += piece.length;
    const made = deflate(piece, {
      level,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(before.length > 0 && { dictionary: before }),
    });
    // Who stops taking does not hear of it any more.
    made.catch(() => undefined);
    making.push(made);
    before = piece.subarray(-WINDOW);
    const [first] = making.length < AT_ONCE ? [] : making.splice(0, 1);
    if (first !== undefined) yield first;
  }
  for (const piece of making) yield piece;
  trailer.writeUInt32LE(sum, 0);
  // Modulo 2^32.
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield Buffer.concat([LAST_BLOCK, trailer]);
}
