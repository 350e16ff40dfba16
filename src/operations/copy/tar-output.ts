import type { TarEntry, TarSink } from '../../image/tar/entry.ts';
import { TarWriter } from '../../image/tar/writer.ts';

const SLASH = 0x2f;
const zeros = Buffer.alloc(1 << 20);

/** Writes what comes as a tar, in which holes are zeros. */
export class TarOutput implements TarSink {
  readonly #writer = new TarWriter();
  readonly #write: (bytes: Buffer) => void;
  #size = 0;
  #end = 0;

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  entry(entry: TarEntry): void {
    // Everybody ends the name of a directory so.
    const isBare = entry.type === 'directory' && entry.path.at(-1) !== SLASH;
    const path = isBare ? Buffer.concat([entry.path, Buffer.from('/')]) : entry.path;
    this.#write(this.#writer.begin({ ...entry, path }));
    this.#size = entry.size;
    this.#end = 0;
  }

  data(bytes: Buffer, offset: number): void {
    this.#fill(offset);
    this.#write(this.#writer.content(bytes));
    this.#end = offset + bytes.length;
  }

  end(): void {
    this.#fill(this.#size);
    this.#write(this.#writer.end());
  }

  finish(): void {
    this.#write(this.#writer.finish());
  }

  #fill(until: number): void {
    for (; this.#end < until; ) {
      const piece = zeros.subarray(0, Math.min(zeros.length, until - this.#end));
      this.#write(this.#writer.content(piece));
      this.#end += piece.length;
    }
  }
}
