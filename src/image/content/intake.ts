import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import { isIndexType } from '../format/media-types.ts';
import { BlobWriter, type Expected, type NewBlob } from './blob-writer.ts';
import { Blobs } from './blobs.ts';
import { type Entry, readStoredIndex, withEntry } from './entries.ts';
import { blobsOf, type Documents, documentsOf } from './image.ts';
import type { ContentLayout } from './layout.ts';

/**
 * What one writer takes in: blobs that nobody else sees until they are admitted all at once, together with the
 * entries that refer to them. Before that nothing has happened; who is killed in the middle leaves a directory
 * below `.incoming`, or blobs that nothing refers to.
 */
export class Intake implements Documents {
  readonly #layout: ContentLayout;
  /** For files that a source needs only while it is read, too. */
  readonly directory: string;
  readonly #blobs: Blobs;
  readonly #taken = new Map<string, NewBlob>();

  constructor(layout: ContentLayout) {
    this.#layout = layout;
    this.directory = join(layout.incoming, randomUUID());
    this.#blobs = new Blobs((digest) => this.#taken.get(digest)?.path ?? layout.blob(digest));
    mkdirSync(this.directory, { mode: 0o700 });
  }

  /** A blob whose bytes come one after another: who gets it finishes or abandons it, then `adopt`s what it became. */
  writer(what: string): BlobWriter {
    return new BlobWriter(this.directory, what);
  }

  adopt(blob: NewBlob): NewBlob {
    this.#taken.set(blob.digest, blob);
    return blob;
  }

  /** Takes a blob in whole. Throws SC_BAD_IMAGE where it is not what was expected. */
  async put(
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    what: string,
    expected: Expected = {},
  ): Promise<NewBlob> {
    const writer = this.writer(what);
    try {
      for await (const chunk of chunks) {
        writer.write(chunk);
        if (expected.size !== undefined && writer.size > expected.size) break;
      }
      return this.adopt(writer.finish(expected));
    } finally {
      writer.abandon();
    }
  }

  /** Whether a blob is there, here or in the store. */
  has(blob: Pick<Descriptor, 'digest' | 'size'>): boolean {
    return this.#blobs.has(blob);
  }

  readDocument(blob: Pick<Descriptor, 'digest' | 'size'>, what: string): Buffer {
    return this.#blobs.readDocument(blob, what);
  }

  chunks(blob: Pick<Descriptor, 'digest' | 'size'>, what: string): AsyncGenerator<Buffer> {
    return this.#blobs.chunks(blob, what);
  }

  /**
   * Makes what entries need of it visible, so that it outlives a loss of power. Throws SC_BAD_IMAGE where one needs a
   * blob that is nowhere. Only for the holder of the layout's lock.
   */
  admit(entries: readonly Entry[]): void {
    // An image may have many names.
    const targets = new Map(entries.map(({ target }) => [target.digest, target]));
    const needed = new Set([...targets.values()].flatMap((target) => this.#needsOf(target)));
    const index = readStoredIndex(this.#layout.index);
    const moved: string[] = [];
    try {
      for (const { digest, size, path } of this.#taken.values()) {
        if (!needed.has(digest)) continue;
        syncFile(path);
        const isNew = !this.#stored.has({ digest, size });
        renameSync(path, this.#layout.blob(digest));
        if (isNew) moved.push(this.#layout.blob(digest));
      }
      this.#layout.syncBlobs();
      this.#layout.writeIndex(entries.reduce(withEntry, index));
    } catch (error) {
      // The index may have been replaced already, and only not be on the disk yet.
      if (!this.#isListed(entries)) for (const path of moved) rmSync(path, { force: true });
      throw error;
    }
  }

  #isListed(entries: readonly Entry[]): boolean {
    const { manifests } = readStoredIndex(this.#layout.index);
    return entries.every(({ target }) => manifests.some(({ digest }) => digest === target.digest));
  }

  /** To be called at the end, whatever it was. */
  clear(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #stored(): Blobs {
    return new Blobs((digest) => this.#layout.blob(digest));
  }

  #needsOf(target: Descriptor): string[] {
    return documentsOf(this, target).flatMap((document) => {
      const blobs = isIndexType(document.mediaType) ? [document] : blobsOf(this, document);
      const missing = blobs.find((blob) => !this.has(blob));
      if (missing === undefined) return blobs.map(({ digest }) => digest);
      const what = `blob ${missing.digest} with ${missing.size} bytes`;
      throw new ScError(
        'SC_BAD_IMAGE',
        `take in image ${target.digest}: ${what}, which it needs, is missing`,
      );
    });
  }
}

function syncFile(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
