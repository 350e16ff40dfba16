import { closeSync } from 'node:fs';
import { O_CLOEXEC, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } from '../../linux/constants.ts';
import { openat } from '../../linux/directory-entries.ts';
import { applyMetadata, type Metadata } from './metadata.ts';
import { SparseWriter } from './sparse-writer.ts';

const FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

/** A regular file of a layer while its content comes. It is nobody else's until it is complete. */
export class ContentFile {
  readonly #descriptor: number;
  readonly #writer: SparseWriter;
  readonly #size: number;
  readonly #metadata: Metadata;

  /** Throws EEXIST where the name is taken. */
  constructor(directory: number, name: Buffer, size: number, metadata: Metadata) {
    this.#descriptor = openat(directory, name, FLAGS, 0o600);
    this.#writer = new SparseWriter(this.#descriptor);
    this.#size = size;
    this.#metadata = metadata;
  }

  write(bytes: Buffer, offset: number): void {
    this.#writer.write(bytes, offset);
  }

  finish(): void {
    try {
      this.#writer.finish(this.#size);
      applyMetadata(this.#descriptor, this.#metadata);
    } finally {
      this.close();
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
