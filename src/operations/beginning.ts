/** The beginning of what is written, of which the rest is thrown away. */
export class Beginning {
  readonly #chunks: Buffer[] = [];
  #room: number;

  /** `room` in bytes. */
  constructor(room: number) {
    this.#room = room;
  }

  add(chunk: Buffer): void {
    if (this.#room === 0) return;
    const part = chunk.subarray(0, this.#room);
    this.#chunks.push(Buffer.from(part));
    this.#room -= part.length;
  }

  /** Whether something may have been thrown away. */
  get isFull(): boolean {
    return this.#room === 0;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
