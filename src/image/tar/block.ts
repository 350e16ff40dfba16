import { readNumber, readText } from './field.ts';
import { Flaw } from './flaw.ts';

/** Everything in a tar begins at a multiple of this. */
export const BLOCK_SIZE = 512;

/** So many bytes and what fills up the last block of them. */
export function upToBlock(size: number): number {
  return Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE;
}

/*
 * A header, by pax(1) "ustar Interchange Format". Behind the magic, formats differ:
 *
 *      0 name 100     100 mode 8      108 uid 8     116 gid 8     124 size 12    136 mtime 12
 *    148 checksum 8   156 typeflag 1  157 link 100  257 magic 6   263 version 2  265 user name 32
 *    297 group 32     329 major 8     337 minor 8   345 prefix 155
 *
 * The oldest tars (v7) have no magic and end with the link. GNU tar has "ustar  " and no prefix, but at 386 the map of
 * a sparse file; star has "tar" in the last four bytes and a prefix of 131.
 *
 * Why the `Header` of npm `tar` does not read it: docs/decisions/0021-tars-are-read-as-bytes.md.
 */

/** What a header says by itself, before extended headers are applied. */
export interface HeaderBlock {
  typeflag: string;
  path: Buffer;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes that follow, as far as the type has any. */
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  link: Buffer;
  deviceMajor: number;
  deviceMinor: number;
}

/** The header in a block of which the checksum is right. Throws Flaw. */
export function readHeaderBlock(block: Buffer): HeaderBlock {
  const magic = block.toString('latin1', 257, 263);
  const hasDevices = magic === 'ustar\0' || magic === 'ustar ';
  return {
    typeflag: block.toString('latin1', 156, 157),
    path: withPrefix(readText(block, 0, 100), magic === 'ustar\0' ? readPrefix(block) : undefined),
    mode: readNumber(block, 100, 8, 'mode'),
    uid: readNumber(block, 108, 8, 'uid'),
    gid: readNumber(block, 116, 8, 'gid'),
    size: readNumber(block, 124, 12, 'size'),
    mtime: readNumber(block, 136, 12, 'mtime'),
    link: readText(block, 157, 100),
    deviceMajor: hasDevices ? readNumber(block, 329, 8, 'major number') : 0,
    deviceMinor: hasDevices ? readNumber(block, 337, 8, 'minor number') : 0,
  };
}

function readPrefix(block: Buffer): Buffer {
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  return readText(block, 345, isStar ? 131 : 155);
}

function withPrefix(name: Buffer, prefix: Buffer | undefined): Buffer {
  return prefix === undefined || prefix.length === 0 ? name : Buffer.concat([prefix, slash, name]);
}

const slash = Buffer.from('/');

/** Two such blocks end a tar. */
export function isZero(block: Buffer): boolean {
  // Most blocks say by their first byte that they are none.
  if (block.length > 0 && block[0] !== 0) return false;
  for (let at = 0; at < block.length; at += BLOCK_SIZE) {
    const part = block.subarray(at, at + BLOCK_SIZE);
    if (part.compare(zeros, 0, part.length) !== 0) return false;
  }
  return true;
}

const zeros = Buffer.alloc(BLOCK_SIZE);

/** The sum of all bytes, those of the checksum itself taken as spaces; some old tars have summed them as signed. */
export function checkSum(block: Buffer): void {
  let sum = 8 * 0x20;
  let negative = 0;
  for (let at = 0; at < BLOCK_SIZE; at++) {
    if (at === 148) at = 156;
    const byte = block[at] ?? 0;
    sum += byte;
    negative += byte >> 7;
  }
  const written = readNumber(block, 148, 8, 'checksum');
  if (written !== sum && written !== sum - negative * 0x100)
    throw new Flaw(`the checksum is ${written}, that of the bytes is ${sum}`);
}
