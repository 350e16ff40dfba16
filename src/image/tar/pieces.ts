import type { TarSink } from './entry.ts';
import type { SparseMap } from './sparse-map.ts';

/** Bytes of a known number that may come in pieces. */
export class Gathering {
  readonly #size: number;
  #buffer: Buffer | undefined;
  #filled = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /**
   * Takes of the chunk what is missing. Answers how many bytes these were, and all of them once they are complete:
   * where they lie, unless they were cut.
   */
  take(chunk: Buffer, at: number): { taken: number; whole: Buffer | undefined } {
    if (this.#filled === 0 && chunk.length - at >= this.#size)
      return { taken: this.#size, whole: chunk.subarray(at, at + this.#size) };
    this.#buffer ??= Buffer.alloc(this.#size);
    const taken = chunk.copy(this.#buffer, this.#filled, at, at + this.#size - this.#filled);
    this.#filled += taken;
    return { taken, whole: this.#filled === this.#size ? this.#buffer : undefined };
  }
}

/** The content of a file on its way to where it belongs. */
export class Content {
  readonly #map: SparseMap;
  #region = 0;
  /** Bytes of the region that are still to come. */
  #rest: number;

  constructor(map: SparseMap) {
    this.#map = map;
    this.#rest = map.lengths[0] ?? 0;
  }

  get isComplete(): boolean {
    return this.#rest === 0;
  }

  /** Hands over what belongs to one region. Answers how many bytes these were. */
  take(chunk: Buffer, at: number, sink: TarSink): number {
    const piece = chunk.subarray(at, at + this.#rest);
    const { offsets, lengths } = this.#map;
    sink.data(piece, (offsets[this.#region] ?? 0) + (lengths[this.#region] ?? 0) - this.#rest);
    this.#rest -= piece.length;
    if (this.#rest === 0) {
      this.#region++;
      this.#rest = lengths[this.#region] ?? 0;
    }
    return piece.length;
  }
}
