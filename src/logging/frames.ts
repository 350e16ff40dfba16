/*
 * Two streams in one: before each piece of a stream stand eight bytes.
 *
 *    u8 stream, 1 is stdout and 2 stderr | three bytes 0 | u32 length, big-endian | so many bytes
 *
 * A piece may end anywhere, also within a character. The end is where the bytes end.
 */

const HEADER_SIZE = 8;

export interface Frame {
  /** 1 is stdout, 2 stderr. */
  stream: number;
  bytes: Uint8Array;
}

export function encodeFrame({ stream, bytes }: Frame): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}
