import { Flaw } from './flaw.ts';

/** The bytes of a field, up to its NUL where it has one. A copy. */
export function readText(block: Buffer, at: number, length: number): Buffer {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end));
}

/**
 * The number of a field: octal digits between spaces and NULs (none are 0), or, where the first bit is set, what
 * GNU tar writes for numbers that are too large or negative: two's complement, the first bit not counted. Anything
 * else is refused, for readers differ in what they make of it. `name` is for the error.
 */
export function readNumber(block: Buffer, at: number, length: number, name: string): number {
  const field = block.subarray(at, at + length);
  const value = isBinary(field) ? readBinary(field) : readOctal(field);
  if (value === undefined) throw new Flaw(`its ${name} is no number: ${field.toString('hex')}`);
  return value;
}

const SPACE = 0x20;
const ZERO = 0x30;

function isBinary(field: Buffer): boolean {
  return ((field[0] ?? 0) & 0x80) !== 0;
}

function readOctal(field: Buffer): number | undefined {
  let at = 0;
  let value = 0;
  while (field[at] === SPACE) at++;
  for (; at < field.length; at++) {
    const digit = (field[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  while (field[at] === SPACE || field[at] === 0) at++;
  return at === field.length ? value : undefined;
}

function readBinary(field: Buffer): number | undefined {
  const first = field[0] ?? 0;
  const isNegative = (first & 0x40) !== 0;
  let value = isNegative ? first - 0x100 : first & 0x3f;
  for (let at = 1; at < field.length; at++) value = value * 0x100 + (field[at] ?? 0);
  return Number.isSafeInteger(value) ? value : undefined;
}
