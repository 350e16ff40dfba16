import { ftruncateSync } from 'node:fs';
import { writeAt } from '../../linux/descriptor.ts';
import { SMALLEST_HOLE, zeroRuns, zeros } from './zero-runs.ts';

/** Writes a new file, in which what is all zeros stays a hole. Content comes in order; what lies between is a hole. */
export class SparseWriter {
  readonly #descriptor: number;
  /** Where what was written ends, and the zeros behind it that were not. */
  #end = 0;
  #zerosFrom = 0;
  #zerosTo = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Buffer, offset: number): void {
    let from = 0;
    for (const run of zeroRuns(bytes, offset)) {
      this.#put(bytes.subarray(from, run.from), offset + from);
      this.#leaveOut(offset + run.from, offset + run.to);
      from = run.to;
    }
    this.#put(bytes.subarray(from), offset + from);
  }

  /** All of a file of `size` bytes has come. */
  finish(size: number): void {
    if (this.#zerosTo === size) this.#writeFewZeros();
    // A hole at the end was not written.
    if (this.#end !== size) ftruncateSync(this.#descriptor, size);
  }

  /** Zeros at the end of some bytes go on at the beginning of the next. */
  #leaveOut(from: number, to: number): void {
    if (from !== this.#zerosTo) this.#zerosFrom = from;
    this.#zerosTo = to;
  }

  #put(bytes: Buffer, offset: number): void {
    if (bytes.length === 0) return;
    if (this.#zerosTo === offset) this.#writeFewZeros();
    this.#writeAll(bytes, offset);
    this.#zerosFrom = this.#zerosTo = this.#end;
  }

  #writeFewZeros(): void {
    const length = this.#zerosTo - this.#zerosFrom;
    if (length > 0 && length < SMALLEST_HOLE) this.#writeAll(zeros.subarray(0, length), this.#zerosFrom);
  }

  #writeAll(bytes: Buffer, offset: number): void {
    writeAt(this.#descriptor, bytes, offset);
    this.#end = offset + bytes.length;
  }
}
