import { closeSync, ftruncateSync, writeSync } from 'node:fs';
import { O_CLOEXEC, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } from '../../linux/constants.ts';
import { openat } from '../../linux/directory-entries.ts';
import { applyMetadata, type Metadata } from './metadata.ts';

const FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

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

  write(bytes: Buffer, offset: number): void {
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, offset + done);
    this.#end = offset + bytes.length;
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
