import { isUtf8 } from 'node:buffer';
import { visible } from '../../errors/visible.ts';
import { Flaw } from './flaw.ts';

/** One record of an extended header. The value is any bytes. */
interface PaxRecord {
  key: string;
  value: Buffer;
}

const NEWLINE = 0x0a;
const SPACE = 0x20;
const EQUALS = 0x3d;
/** More digits than any length needs that could be right. */
const longestLength = 10;

/** The records of an extended header's body: `LENGTH KEY=VALUE\n`, where LENGTH counts all of it. Throws Flaw. */
export function readPaxRecords(body: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(SPACE, at);
    const digits = space === -1 ? '' : body.toString('latin1', at, Math.min(space, at + longestLength + 1));
    const end = at + Number(digits);
    if (!/^[0-9]{1,10}$/.test(digits) || end <= space || end > body.length || body[end - 1] !== NEWLINE)
      throw new Flaw(`the length of a record at ${at} of its extended header is wrong`);
    const equals = body.indexOf(EQUALS, space);
    const key = body.subarray(space + 1, equals);
    if (equals === -1 || equals >= end || key.length === 0 || key.includes(0) || !isUtf8(key))
      throw new Flaw(`a record at ${at} of its extended header has no name`);
    records.push({ key: key.toString(), value: body.subarray(equals + 1, end - 1) });
    at = end;
  }
  return records;
}

/** A number that is not negative, in decimal digits. */
export function readDecimal(text: string, name: string): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new Flaw(`its ${name} is no number: "${shown(text)}"`);
  return value;
}

/** Nanoseconds of seconds with a fraction; what is finer is cut off. */
export function readTime(text: string, name: string): bigint {
  const match = /^(-?)([0-9]{1,19})(?:\.([0-9]{0,64}))?$/.exec(text);
  if (match === null) throw new Flaw(`its ${name} is no time: "${shown(text)}"`);
  const [, sign, seconds = '', fraction = ''] = match;
  const nanoseconds = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return sign === '-' ? -nanoseconds : nanoseconds;
}

function shown(text: string): string {
  return visible(text.slice(0, 40));
}

/** The body of an extended header: records in the order of the bytes of their keys. */
export function encodePaxRecords(records: readonly PaxRecord[]): Buffer {
  const parts = records.map(({ key, value }) => ({ key: Buffer.from(key), value }));
  parts.sort((left, right) => left.key.compare(right.key));
  return Buffer.concat(
    parts.flatMap(({ key, value }) => {
      // A space, "=" and a newline.
      const length = key.length + value.length + 3;
      return [Buffer.from(`${withDigits(length)} `), key, equalsSign, value, newline];
    }),
  );
}

const equalsSign = Buffer.from('=');
const newline = Buffer.from('\n');

/** A length with its own digits, which may be one more for being counted. */
function withDigits(length: number): number {
  const digits = String(length).length;
  const sum = length + digits;
  return String(sum).length === digits ? sum : sum + 1;
}

/** Seconds with as much of a fraction as there is, such as `-1.5`. */
export function formatTime(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const digits = (nanoseconds < 0n ? -nanoseconds : nanoseconds).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
}
