import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ScError } from '../../errors/error.ts';
import { ahead } from './ahead.ts';
import { bzip2Decoder } from './bzip2.ts';
import { BEGINNING, type Compression, compressionOf } from './compression.ts';
import { decoded } from './decoder.ts';
import { CHUNK_SIZE, EngineFailure, through } from './engine.ts';
import { type DecompressionLimits, decompressionLimits, Expansion } from './limits.ts';
import { xzDecoder } from './xz.ts';

/**
 * What is in compressed bytes, or the bytes themselves where they are not compressed: members of gzip, frames of zstd and
 * streams of bzip2 and xz one behind the other, and nothing else behind them. The next chunk is made while the last is
 * worked on, and no more. Throws SC_BAD_IMAGE for what is damaged, cut off or more than the limits allow, SC_HOST_UNFIT
 * where a library is missing; what the chunks throw goes through. A chunk may still be in use when the next is asked for.
 */
export async function* decompress(
  chunks: AsyncIterable<Buffer>,
  limits: Partial<DecompressionLimits> = {},
): AsyncGenerator<Buffer> {
  const { compression, chunks: whole } = await tellCompression(chunks);
  const expansion = new Expansion({ ...decompressionLimits, ...limits });
  try {
    for await (const chunk of decoders[compression](counting(whole, expansion))) {
      expansion.give(chunk);
      const { excess } = expansion;
      if (excess !== undefined) throw new ScError('SC_BAD_IMAGE', `decompress ${compression}: ${excess}`);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof EngineFailure ? badBytes(compression, error) : error;
  } finally {
    await whole.return?.();
  }
}

/** The same chunks again, with how they are compressed. To stop taking them ends the ones that were given. */
export async function tellCompression(
  chunks: AsyncIterable<Buffer>,
): Promise<{ compression: Compression; chunks: AsyncIterableIterator<Buffer> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  for (; length < BEGINNING; length += first.at(-1)?.length ?? 0) {
    const result = await iterator.next();
    if (result.done) break;
    first.push(result.value);
  }
  const beginning = Buffer.concat(first);
  return { compression: compressionOf(beginning), chunks: again(beginning, iterator) };
}

function again(beginning: Buffer, iterator: AsyncIterator<Buffer>): AsyncIterableIterator<Buffer> {
  let isFirst = beginning.length > 0;
  return {
    next: () => {
      if (!isFirst) return iterator.next();
      isFirst = false;
      return Promise.resolve({ done: false, value: beginning });
    },
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

type Decode = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

const decoders: Readonly<Record<Compression, Decode>> = {
  none: (chunks) => chunks,
  gzip: (chunks) => through(createGunzip({ chunkSize: CHUNK_SIZE }), chunks),
  zstd: (chunks) =>
    through(createZstdDecompress({ chunkSize: CHUNK_SIZE, rejectGarbageAfterEnd: true }), chunks),
  bzip2: (chunks) => ahead(decoded(bzip2Decoder(), chunks)),
  xz: (chunks) => ahead(decoded(xzDecoder(), chunks)),
};

async function* counting(chunks: AsyncIterable<Buffer>, expansion: Expansion): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    expansion.take(chunk);
    yield chunk;
  }
}

/** Reasons of the libraries that say little. */
const reasons: Readonly<Record<string, string>> = {
  'unexpected end of file': 'it is cut off',
  'Trailing junk found after the end of the compressed stream': 'more follows behind its end',
};

function badBytes(compression: Compression, { message, fed, cause }: EngineFailure): ScError {
  const reason = reasons[message] ?? message;
  return new ScError('SC_BAD_IMAGE', `decompress ${compression}: within its first ${fed} bytes: ${reason}`, {
    cause,
  });
}
