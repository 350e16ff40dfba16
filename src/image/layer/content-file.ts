import { closeSync, ftruncateSync } from 'node:fs';
import { O_CLOEXEC, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } from '../../linux/constants.ts';
import { writeAt } from '../../linux/descriptor.ts';
import { openat } from '../../linux/directory-entries.ts';
import { applyMetadata, type Metadata } from './metadata.ts';

const FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

/** Fewer zeros are written: a hole takes a call more, and makes two extents of one. */
const SMALLEST_HOLE = 32 * 1024;
const zeros = Buffer.alloc(SMALLEST_HOLE);

/** Whether a piece that begins there is all zeros, and large enough. */
function isZero(bytes: Buffer, from: number): boolean {
  return (
    from + SMALLEST_HOLE <= bytes.length &&
    bytes.compare(zeros, 0, SMALLEST_HOLE, from, from + SMALLEST_HOLE) === 0
  );
}

/** Where pieces of one kind end: zeros, or others. */
function endOfRun(bytes: Buffer, from: number): number {
  const kind = isZero(bytes, from);
  let to = from + SMALLEST_HOLE;
  while (to < bytes.length && isZero(bytes, to) === kind) to += SMALLEST_HOLE;
  return Math.min(to, bytes.length);
}

/** A regular file of a layer while its content comes. It is nobody else's until it is complete. */
export class ContentFile {
  readonly #descriptor: number;
  readonly #size: number;
  readonly #metadata: Metadata;
  #end = 0;

  /** Throws EEXIST where the name is taken. */
  constructor(directory: number, name: Buffer, size: number, metadata: Metadata) {
    this.#descriptor = openat(directory, name, FLAGS, 0o600);
    this.#size = size;
    this.#metadata = metadata;
  }

  /** What is all zeros stays a hole, for a tar that others can read has no other way to say that there is one. */
  write(bytes: Buffer, offset: number): void {
    for (let from = 0; from < bytes.length; ) {
      const to = endOfRun(bytes, from);
      if (!isZero(bytes, from)) {
        writeAt(this.#descriptor, bytes.subarray(from, to), offset + from);
        this.#end = offset + to;
      }
      from = to;
    }
  }

  finish(): void {
    try {
      // A hole at the end was not written.
      if (this.#end !== this.#size) ftruncateSync(this.#descriptor, this.#size);
      applyMetadata(this.#descriptor, this.#metadata);
    } finally {
      this.close();
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
