/** Bytes that a record has at most; a longer line is several records. */
export const LARGEST_RECORD = 16_384;

const NEWLINE = 0x0a;

/** Bytes of one record, or a part of them; pieces of one record follow one another in their stream. */
export interface Piece {
  stream: number;
  /** When the first byte of its record was taken. */
  time: bigint;
  bytes: Uint8Array;
  /** Whether it is the first of a line. */
  startsLine: boolean;
  /** Whether it is the last of its record; one that is empty only says so of those before it. */
  endsRecord: boolean;
}

/**
 * Cuts what comes of one stream into records: at each newline, and in a longer line where a record is full. A
 * character of UTF-8 is not cut, so that a record of a text is a text, however it came. Nothing is held back.
 */
export class RecordCutter {
  readonly #stream: number;
  /** Bytes of the record that is not ended yet. */
  #length = 0;
  #startsLine = true;
  #time = 0n;

  constructor(stream: number) {
    this.#stream = stream;
  }

  /** When the record was begun that is not ended yet. */
  get openSince(): bigint | undefined {
    return this.#length === 0 ? undefined : this.#time;
  }

  cut(bytes: Uint8Array, time: bigint): Piece[] {
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; ) {
      // A log of several boots may have been written with a clock that was set back.
      if (this.#length === 0 && time > this.#time) this.#time = time;
      const { end, isEnd } = endOfRecord(bytes, at, LARGEST_RECORD - this.#length);
      const startsLine = this.#startsLine;
      pieces.push(this.#piece(bytes.subarray(at, end), startsLine, isEnd));
      this.#length = isEnd ? 0 : this.#length + end - at;
      this.#startsLine = isEnd && end > 0 && bytes[end - 1] === NEWLINE;
      at = end;
    }
    return pieces;
  }

  /** The line is not continued. */
  end(): Piece[] {
    const isOpen = this.#length > 0;
    this.#length = 0;
    this.#startsLine = true;
    return isOpen ? [this.#piece(new Uint8Array(), false, true)] : [];
  }

  #piece(bytes: Uint8Array, startsLine: boolean, endsRecord: boolean): Piece {
    return { stream: this.#stream, time: this.#time, bytes, startsLine, endsRecord };
  }
}

/** Where the record ends that has room for so many bytes, or the bytes do. */
function endOfRecord(bytes: Uint8Array, at: number, room: number): { end: number; isEnd: boolean } {
  const full = at + room;
  const newline = bytes.indexOf(NEWLINE, at);
  if (newline !== -1 && newline < full) return { end: newline + 1, isEnd: true };
  for (let index = Math.max(at, full - 3); index < full; index++) {
    const byte = bytes[index];
    if (byte === undefined) return { end: bytes.length, isEnd: false };
    if (index + lengthOfCharacter(byte) > full) return { end: index, isEnd: true };
  }
  return { end: full, isEnd: true };
}

/** By its first byte; 1 for every other byte. */
function lengthOfCharacter(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}
