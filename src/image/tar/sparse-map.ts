import { BLOCK_SIZE } from './block.ts';
import { readNumber } from './field.ts';
import { Flaw } from './flaw.ts';
import { readDecimal } from './pax-records.ts';

/** Where in a file its content lies; what is between is holes. */
export class SparseMap {
  readonly offsets: number[] = [];
  readonly lengths: number[] = [];
  readonly #largest: number;
  #end = 0;
  #bytes = 0;

  /** Refuses more than `largest` regions. */
  constructor(largest: number) {
    this.#largest = largest;
  }

  /** The next region, behind the others. */
  add(offset: number, length: number): void {
    if (offset < this.#end || offset < 0 || length < 0) throw new Flaw('its sparse map is not in order');
    this.#end = offset + length;
    this.#bytes += length;
    if (length === 0) return;
    if (this.offsets.length === this.#largest)
      throw new Flaw(`its sparse map has over ${this.#largest} regions`);
    this.offsets.push(offset);
    this.lengths.push(length);
  }

  /** Throws Flaw where the map is not that of a file of `size` bytes of which `stored` are in the tar. */
  check(size: number, stored: number): void {
    if (!Number.isSafeInteger(this.#end) || this.#end > size)
      throw new Flaw(`its sparse map ends at ${this.#end}, the file at ${size}`);
    if (this.#bytes !== stored) throw new Flaw(`its sparse map has ${this.#bytes} bytes, the tar ${stored}`);
  }
}

/** Content in one piece. */
export function wholeMap(size: number): SparseMap {
  const map = new SparseMap(1);
  map.add(0, size);
  return map;
}

/** `offset,length,offset,length`: GNU.sparse.map, and GNU.sparse.offset with GNU.sparse.numbytes in one. */
export function readMapText(text: string, map: SparseMap): void {
  const numbers = text === '' ? [] : text.split(',');
  if (numbers.length % 2 !== 0) throw new Flaw('its sparse map has an odd number of numbers');
  for (let at = 0; at < numbers.length; at += 2) {
    const [offset, length] = numbers.slice(at, at + 2).map((number) => readDecimal(number, 'sparse map'));
    map.add(offset ?? 0, length ?? 0);
  }
}

/*
 * The old form of GNU tar: pairs of numbers in 12 bytes each, four at 386 of the header and 21 in each block that
 * follows. The byte behind them says whether one follows, and in the header the real size stands behind that.
 */
const PAIR_SIZE = 24;

/** Answers the real size of the file, and whether a block of the map follows. */
export function readMapOfHeader(block: Buffer, map: SparseMap): { size: number; isContinued: boolean } {
  // star has such files too, and other fields there.
  if (block.toString('latin1', 257, 263) !== 'ustar ') throw new Flaw('its sparse map is of an unknown form');
  readPairs(block.subarray(386, 386 + 4 * PAIR_SIZE), map);
  return { size: readNumber(block, 483, 12, 'real size'), isContinued: block[482] !== 0 };
}

/** Answers whether another follows. */
export function readMapBlock(block: Buffer, map: SparseMap): boolean {
  readPairs(block.subarray(0, 21 * PAIR_SIZE), map);
  return block[504] !== 0;
}

function readPairs(pairs: Buffer, map: SparseMap): void {
  // A pair that begins with NUL is none, and the last.
  for (let at = 0; at < pairs.length && pairs[at] !== 0; at += PAIR_SIZE)
    map.add(readNumber(pairs, at, 12, 'sparse map'), readNumber(pairs, at + 12, 12, 'sparse map'));
}

const NEWLINE = 0x0a;
/** No number that is right has more digits. */
const longestNumber = 16;

/**
 * Form 1.0 of GNU tar: the content begins with lines of decimal numbers, first how many pairs there are, and is filled
 * up to a whole block.
 */
export class MapInContent {
  readonly map: SparseMap;
  #digits = '';
  /** Numbers that are still to come; undefined before the first. */
  #rest: number | undefined;
  #offset: number | undefined;

  constructor(map: SparseMap) {
    this.map = map;
  }

  /** Takes the next block. Answers whether the map is complete. */
  take(block: Buffer): boolean {
    for (let at = 0; at < BLOCK_SIZE && this.#rest !== 0; ) {
      const end = block.indexOf(NEWLINE, at);
      this.#digits += block.toString('latin1', at, end === -1 ? BLOCK_SIZE : end);
      if (this.#digits.length > longestNumber) throw new Flaw('its sparse map is no list of numbers');
      if (end === -1) break;
      this.#number(readDecimal(this.#digits, 'sparse map'));
      this.#digits = '';
      at = end + 1;
    }
    return this.#rest === 0;
  }

  #number(value: number): void {
    if (this.#rest === undefined) {
      this.#rest = value * 2;
      return;
    }
    this.#rest--;
    if (this.#offset === undefined) {
      this.#offset = value;
      return;
    }
    this.map.add(this.#offset, value);
    this.#offset = undefined;
  }
}
