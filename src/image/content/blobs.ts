import { createHash } from 'node:crypto';
import { closeSync, constants, createReadStream, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { failure } from '../../errors/reason.ts';
import { isErrno } from '../../linux/descriptor.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import { digestOf } from '../format/digest.ts';
import { checkDocumentSize } from '../format/documents.ts';

/** What of a descriptor says which bytes a blob has. */
export type BlobReference = Pick<Descriptor, 'digest' | 'size'>;

const CHUNK = 1024 * 1024;

/** Blobs by their digests, in files whose places `pathOf` knows. Whoever gets their bytes has them verified. */
export class Blobs {
  readonly #pathOf: (digest: string) => string;

  constructor(pathOf: (digest: string) => string) {
    this.#pathOf = pathOf;
  }

  /** Whether there is one of that digest and size; its bytes are not looked at. */
  has({ digest, size }: BlobReference): boolean {
    const stats = statSync(this.#pathOf(digest), { throwIfNoEntry: false });
    return stats?.isFile() === true && stats.size === size;
  }

  /** The whole bytes of an image manifest, an index or a config. Throws SC_BAD_IMAGE. */
  readDocument({ digest, size }: BlobReference, what: string): Buffer {
    checkDocumentSize(what, size);
    const descriptor = this.#open({ digest, size }, what);
    try {
      const bytes = readFileSync(descriptor);
      checkBytes({ digest, size }, what, { size: bytes.length, digest: digestOf(bytes) });
      return bytes;
    } finally {
      closeSync(descriptor);
    }
  }

  /**
   * The bytes of a blob as they are read. That they are right is known at their end: then it throws SC_BAD_IMAGE where
   * they are not, so that nobody may use them before.
   */
  async *chunks({ digest, size }: BlobReference, what: string): AsyncGenerator<Buffer> {
    const descriptor = this.#open({ digest, size }, what);
    const hash = createHash('sha256');
    let length = 0;
    // The stream closes the descriptor, also when nobody reads on.
    for await (const chunk of createReadStream('', { fd: descriptor, highWaterMark: CHUNK })) {
      length += chunk.length;
      hash.update(chunk);
      yield chunk;
    }
    checkBytes({ digest, size }, what, { size: length, digest: `sha256:${hash.digest('hex')}` });
  }

  #open({ digest, size }: BlobReference, what: string): number {
    const path = this.#pathOf(digest);
    try {
      const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const stats = fstatSync(descriptor);
      if (stats.isFile() && stats.size === size) return descriptor;
      closeSync(descriptor);
      const found = stats.isFile()
        ? `it has ${stats.size} bytes in place of ${size}`
        : 'it is no regular file';
      throw new ScError('SC_BAD_IMAGE', `read ${what} (${digest}): ${found}`);
    } catch (error) {
      if (error instanceof ScError) throw error;
      if (isErrno(error, 'ENOENT'))
        throw new ScError('SC_BAD_IMAGE', `read ${what} (${digest}): the blob is missing`, {
          errno: 'ENOENT',
        });
      throw failure('SC_STORAGE_FAILED', `read ${what} (${digest})`, error);
    }
  }
}

function checkBytes(expected: BlobReference, what: string, found: BlobReference): void {
  if (found.size !== expected.size)
    throw new ScError(
      'SC_BAD_IMAGE',
      `read ${what} (${expected.digest}): it has ${found.size} bytes in place of ${expected.size}`,
    );
  if (found.digest !== expected.digest)
    throw new ScError(
      'SC_BAD_IMAGE',
      `read ${what} (${expected.digest}): its bytes are others, of digest ${found.digest}`,
    );
}
