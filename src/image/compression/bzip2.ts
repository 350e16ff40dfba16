import { findLibrary, loadLibrary, type SharedLibrary } from '../../linux/shared-library.ts';
import { type Decoder, inThreadPool } from './decoder.ts';

const libbz2: SharedLibrary = {
  name: 'libbz2.so.1.0',
  package: 'libbz2-1.0',
  without: 'compress it with gzip or zstd',
};

/** bzlib.h */
const BZ_STREAM_END = 4;
const reasons: Readonly<Record<number, string>> = {
  [-3]: 'no memory',
  [-4]: 'incorrect data',
  [-5]: 'incorrect header',
};

/** Throws SC_HOST_UNFIT where the library is not installed, which apt needs. */
export function bzip2Decoder(): Decoder {
  const library = loadLibrary(libbz2, findLibrary(libbz2).path);
  const begin = library.func('int BZ2_bzDecompressInit(void *state, int verbosity, int small)');
  const step = inThreadPool(library.func('int BZ2_bzDecompress(void *state)'));
  const end = library.func('int BZ2_bzDecompressEnd(void *state)');
  return {
    begin: (state) => check(begin(state, 0, 0)),
    step: async (state) => check(await step(state)) === BZ_STREAM_END,
    end: (state) => end(state),
  };
}

function check(answer: number): number {
  if (answer < 0) throw new Error(reasons[answer] ?? `BZ2_bzDecompress: ${answer}`);
  return answer;
}
