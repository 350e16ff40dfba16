import type { Frame } from '../../src/logging/frames.ts';

const HEADER_SIZE = 8;

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

  /** Throws for what is no frame. */
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
      throw new Error(`read a frame: ${header.toString('hex')} is not how one begins`);
    this.#stream = stream;
    this.#rest = header.readUInt32BE(4);
  }
}
