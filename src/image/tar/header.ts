import { isUtf8 } from 'node:buffer';
import { ScError } from '../../errors/error.ts';
import { visible } from '../../errors/visible.ts';
import { BLOCK_SIZE, upToBlock } from './block.ts';
import type { EntryType, TarEntry } from './entry.ts';
import { encodePaxRecords, formatTime } from './pax-records.ts';
import { writeXattrName } from './xattr-name.ts';

/** Records of what a header has no room for; readers that do not know them find zeros there, or a name cut off. */
type Overflow = Map<string, Buffer>;

const typeflags: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** The header of an entry, behind an extended header where one is needed. */
export function encodeHeader(entry: TarEntry): Buffer {
  const block = Buffer.alloc(BLOCK_SIZE);
  const overflow: Overflow = new Map();
  writePath(block, entry.path, overflow);
  writeNumber(block, 100, 8, entry.mode & 0o7777);
  writeCount(block, 108, 8, entry.uid, 'uid', overflow);
  writeCount(block, 116, 8, entry.gid, 'gid', overflow);
  writeCount(block, 124, 12, entry.type === 'file' ? entry.size : 0, 'size', overflow);
  writeTime(block, entry.mtime, overflow);
  writeName(block, 157, entry.link, 'linkpath', overflow);
  writeNumber(block, 329, 8, entry.deviceMajor);
  writeNumber(block, 337, 8, entry.deviceMinor);
  seal(block, typeflags[entry.type]);
  for (const [name, value] of entry.xattrs) overflow.set(`SCHILY.xattr.${writeXattrName(name)}`, value);
  return overflow.size === 0 ? block : Buffer.concat([encodeExtendedHeader(overflow), block]);
}

/** Without owner and time, so that it depends on nothing but its records. */
function encodeExtendedHeader(overflow: Overflow): Buffer {
  const names = [overflow.get('path'), overflow.get('linkpath')];
  if (names.some((name) => name !== undefined && !isUtf8(name)))
    overflow.set('hdrcharset', Buffer.from('BINARY'));
  const body = encodePaxRecords([...overflow].map(([key, value]) => ({ key, value })));
  const block = Buffer.alloc(BLOCK_SIZE);
  block.write('PaxHeader');
  writeNumber(block, 100, 8, 0o644);
  for (const at of [108, 116, 329, 337]) writeNumber(block, at, 8, 0);
  writeNumber(block, 124, 12, body.length);
  writeNumber(block, 136, 12, 0);
  seal(block, 'x');
  return Buffer.concat([block, body], BLOCK_SIZE + upToBlock(body.length));
}

const NAME_SIZE = 100;
const PREFIX_SIZE = 155;
const SLASH = 0x2f;

/** A path that is too long for a name stands in two fields, if there is a slash where it can be cut. */
function writePath(block: Buffer, path: Buffer, overflow: Overflow): void {
  // The last slash with enough of a prefix before it, but not one that ends the path.
  const cut = path.subarray(0, Math.min(path.length - 1, PREFIX_SIZE + 1)).lastIndexOf(SLASH);
  const isTooLong = path.length > NAME_SIZE;
  if (!isTooLong || cut <= 0 || path.length - cut - 1 > NAME_SIZE) {
    writeName(block, 0, path, 'path', overflow);
    return;
  }
  writeName(block, 0, path.subarray(cut + 1), 'path', overflow);
  path.copy(block, 345, 0, cut);
}

function writeName(block: Buffer, at: number, name: Buffer, key: string, overflow: Overflow): void {
  if (name.includes(0)) throw cannotWrite(key, visible(name.toString()));
  name.copy(block, at, 0, NAME_SIZE);
  if (name.length > NAME_SIZE) overflow.set(key, name);
}

function writeCount(
  block: Buffer,
  at: number,
  length: number,
  value: number,
  key: string,
  overflow: Overflow,
): void {
  const fits = value < 8 ** (length - 1);
  writeNumber(block, at, length, fits ? value : 0);
  if (!fits) overflow.set(key, Buffer.from(String(value)));
}

const NANOSECONDS = 1_000_000_000n;

function writeTime(block: Buffer, time: bigint, overflow: Overflow): void {
  const seconds = time / NANOSECONDS;
  const fits = time >= 0n && seconds < 8n ** 11n;
  writeNumber(block, 136, 12, fits ? Number(seconds) : 0);
  if (!fits || time % NANOSECONDS !== 0n) overflow.set('mtime', Buffer.from(formatTime(time)));
}

/** Octal digits and a NUL. */
function writeNumber(block: Buffer, at: number, length: number, value: number): void {
  const digits = value.toString(8).padStart(length - 1, '0');
  if (!Number.isSafeInteger(value) || value < 0 || digits.length >= length)
    throw cannotWrite('number', String(value));
  block.write(digits, at, 'latin1');
}

function cannotWrite(what: string, value: string): ScError {
  return new ScError('SC_INTERNAL', `write the header of a tar: the ${what} "${value}" has no form there`);
}

/** The sum goes into six digits, a NUL and a space, as it always was. */
function seal(block: Buffer, typeflag: string): void {
  block.write(typeflag, 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
