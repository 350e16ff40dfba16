import { constants, createZstdCompress } from 'node:zlib';
import { CHUNK_SIZE, through } from './engine.ts';
import { gathered } from './gathered.ts';
import { gzip } from './gzip.ts';

/** What is written: others are only read. */
type WrittenCompression = 'gzip' | 'zstd';

/**
 * The same bytes for the same content, whatever its chunks: a header of gzip has no name and no time, a frame of zstd no
 * size. Other releases of zlib and zstd may compress in another way. Levels are theirs, by default 6 of gzip and 3 of zstd.
 * A chunk may be used again once the next is asked for.
 */
export function compress(
  chunks: AsyncIterable<Buffer>,
  compression: WrittenCompression,
  level?: number,
): AsyncIterable<Buffer> {
  if (compression === 'gzip') return gzip(chunks, level);
  // A tar of small files comes in many small chunks, and each that is written is a way to the thread pool and back.
  return through(zstd(level), gathered(chunks, CHUNK_SIZE));
}

function zstd(level = 3) {
  return createZstdCompress({
    chunkSize: CHUNK_SIZE,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      // So that a flipped bit is found wherever the file goes.
      [constants.ZSTD_c_checksumFlag]: 1,
      [constants.ZSTD_c_contentSizeFlag]: 0,
    },
  });
}
