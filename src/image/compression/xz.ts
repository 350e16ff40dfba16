import { findLibrary, loadLibrary, type SharedLibrary } from '../../linux/shared-library.ts';
import { type Decoder, inThreadPool } from './decoder.ts';

const liblzma: SharedLibrary = {
  name: 'liblzma.so.5',
  package: 'liblzma5',
  without: 'compress it with gzip or zstd',
};

/** lzma/base.h */
const LZMA_OK = 0;
const LZMA_STREAM_END = 1;
const LZMA_RUN = 0;
const reasons: Readonly<Record<number, string>> = {
  5: 'no memory',
  6: 'it needs more memory than is allowed',
  7: 'incorrect header',
  8: 'unknown options',
  9: 'incorrect data',
  10: 'incorrect data',
};

/** Bytes for the window that a stream asks for: `xz -9` makes one of 64 MiB. */
const memoryLimit = 256 * 1024 * 1024;

/** Throws SC_HOST_UNFIT where the library is not installed, which apt needs. */
export function xzDecoder(): Decoder {
  const library = loadLibrary(liblzma, findLibrary(liblzma).path);
  const begin = library.func('int lzma_stream_decoder(void *state, uint64_t memory, uint32_t flags)');
  const step = inThreadPool(library.func('int lzma_code(void *state, int action)'));
  const end = library.func('void lzma_end(void *state)');
  return {
    begin: (state) => check(begin(state, memoryLimit, 0)),
    step: async (state) => check(await step(state, LZMA_RUN)) === LZMA_STREAM_END,
    end: (state) => end(state),
  };
}

function check(answer: number): number {
  if (answer !== LZMA_OK && answer !== LZMA_STREAM_END)
    throw new Error(reasons[answer] ?? `lzma_code: ${answer}`);
  return answer;
}
