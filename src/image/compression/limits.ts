/** What may come out of compressed bytes at most, so that a few of them do not fill the disk. */
export interface DecompressionLimits {
  /** Bytes that come out. */
  bytes: number;
  /** How many times as many bytes may come out as went in, counted once `free` bytes are out. */
  ratio: number;
  free: number;
  /** Whether zeros count for the ratio. They need not where they become holes, which take no room. */
  countsZeros: boolean;
}

const GiB = 2 ** 30;

/** Layers of programs come to a ratio below 10; zeros come to 1,000 with gzip and to a million with bzip2. */
export const decompressionLimits: DecompressionLimits = {
  bytes: 128 * GiB,
  ratio: 200,
  free: GiB,
  countsZeros: true,
};

/** Counts what goes into and comes out of compressed bytes. */
export class Expansion {
  readonly #limits: DecompressionLimits;
  #taken = 0;
  #given = 0;
  /** Of them, those that count for the ratio. */
  #counted = 0;

  constructor(limits: DecompressionLimits) {
    this.#limits = limits;
  }

  take(chunk: Uint8Array): void {
    this.#taken += chunk.length;
  }

  give(chunk: Buffer): void {
    this.#given += chunk.length;
    if (this.#limits.countsZeros || !isZero(chunk)) this.#counted += chunk.length;
  }

  /** What is too much of it, in words. */
  get excess(): string | undefined {
    const { bytes, ratio, free } = this.#limits;
    if (this.#given > bytes) return `more than ${bytes} bytes come out`;
    if (this.#counted <= free || this.#counted <= ratio * this.#taken) return undefined;
    return `${this.#counted} bytes come out of ${this.#taken}, which is more than ${ratio} times as many`;
  }
}

/** A chunk is zeros where its first byte is one, and each is as the one before it. */
function isZero(chunk: Buffer): boolean {
  return chunk[0] === 0 && chunk.compare(chunk, 1, chunk.length, 0, chunk.length - 1) === 0;
}
