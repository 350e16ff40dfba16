import { ScError } from '../errors/error.ts';

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

/** Takes frames apart, however their bytes come; a long one is given in pieces, so that nothing is kept of it. */
export class FrameDecoder {
  #header = Buffer.alloc(0);
  #stream = 0;
  /** Bytes that the frame still has. */
  #rest = 0;

  /** Whether a frame has ended here, so that there can be no more. */
  get isComplete(): boolean {
    return this.#rest === 0 && this.#header.length === 0;
  }

  /** Throws SC_PROTOCOL for what is no frame. */
  take(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (let at = 0; at < bytes.length; ) {
      if (this.#rest > 0) {
        const piece = bytes.subarray(at, at + this.#rest);
        frames.push({ stream: this.#stream, bytes: piece });
        this.#rest -= piece.length;
        at += piece.length;
        continue;
      }
      const part = bytes.subarray(at, at + HEADER_SIZE - this.#header.length);
      this.#header = Buffer.concat([this.#header, part]);
      at += part.length;
      if (this.#header.length === HEADER_SIZE) this.#begin();
    }
    return frames;
  }

  #begin(): void {
    const header = this.#header;
    this.#header = Buffer.alloc(0);
    const stream = header.readUInt8(0);
    if ((stream !== 1 && stream !== 2) || header.readUIntBE(1, 3) !== 0)
      throw new ScError('SC_PROTOCOL', `read a frame: ${header.toString('hex')} is not how one begins`);
    this.#stream = stream;
    this.#rest = header.readUInt32BE(4);
  }
}
