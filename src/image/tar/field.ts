import { Flaw } from './flaw.ts';

/** The bytes of a field, up to its NUL where it has one. A copy. */
export function readText(block: Buffer, at: number, length: number): Buffer {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return Buffer.from(block.subarray(at, end));
}

/**
 * The number of a field: octal digits between spaces and NULs (none are 0), or, where the first bit is set, what
 * GNU tar writes for numbers that are too large or negative: two's complement, the first bit not counted. Anything
 * else is refused, for readers differ in what they make of it. `name` is for the error.
 */
export function readNumber(block: Buffer, at: number, length: number, name: string): number {
  const isBinary = ((block[at] ?? 0) & 0x80) !== 0;
  const value = isBinary ? readBinary(block, at, at + length) : readOctal(block, at, at + length);
  if (value !== undefined) return value;
  throw new Flaw(`its ${name} is no number: ${block.toString('hex', at, at + length)}`);
}

const SPACE = 0x20;
const ZERO = 0x30;

function readOctal(block: Buffer, from: number, end: number): number | undefined {
  let at = from;
  let value = 0;
  while (at < end && block[at] === SPACE) at++;
  for (; at < end; at++) {
    const digit = (block[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  while (at < end && (block[at] === SPACE || block[at] === 0)) at++;
  return at === end ? value : undefined;
}

function readBinary(block: Buffer, from: number, end: number): number | undefined {
  const first = block[from] ?? 0;
  const isNegative = (first & 0x40) !== 0;
  let value = isNegative ? first - 0x100 : first & 0x3f;
  for (let at = from + 1; at < end; at++) value = value * 0x100 + (block[at] ?? 0);
  return Number.isSafeInteger(value) ? value : undefined;
}
