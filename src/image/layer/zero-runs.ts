/** Fewer zeros are written: a hole takes a call more, and makes two extents of one. */
export const SMALLEST_HOLE = 32 * 1024;

export const zeros = Buffer.alloc(SMALLEST_HOLE);

/** Most filesystems keep such pieces of a file, or none of them. */
const BLOCK = 4096;

/** Where zeros begin, and what stands behind them. */
interface Run {
  from: number;
  to: number;
}

/**
 * Zeros in bytes that stand at `offset` of their file, in order, where they are enough for a hole. Fewer at the
 * beginning or the end may be a part of one that bytes before or behind go on with, and are told too.
 */
export function* zeroRuns(bytes: Buffer, offset: number): Generator<Run> {
  let from: number | undefined;
  for (let at = 0; at < bytes.length; ) {
    const next = Math.min(at + BLOCK - ((offset + at) % BLOCK), bytes.length);
    if (isZero(bytes, at, next)) {
      from ??= at;
    } else if (from !== undefined) {
      if (from === 0 || at - from >= SMALLEST_HOLE) yield { from, to: at };
      from = undefined;
    }
    at = next;
  }
  if (from !== undefined) yield { from, to: bytes.length };
}

/** Most bytes are told by the first. */
function isZero(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from] === 0 && bytes.compare(zeros, 0, to - from, from, to) === 0;
}
