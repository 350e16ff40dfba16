import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { replaceFile, syncDirectory } from '../../linux/atomic-file.ts';
import { makeDirectory } from '../../linux/make-directory.ts';
import type { Index } from '../../schema/image/index.ts';
import { hexOf } from '../format/digest.ts';
import { documentBytes, LARGEST_DOCUMENT } from '../format/documents.ts';
import { INDEX } from '../format/media-types.ts';

/** The text of the file by which a layout is known. */
export const layoutFile = documentBytes({ imageLayoutVersion: '1.0.0' });

/**
 * Where things stand in the content store, which is an OCI image layout that other tools can read:
 *
 *     oci-layout, index.json   what it is, and the images with their names
 *     blobs/sha256/<hex>       all blobs, each found to be what its name says
 *     .incoming/<uuid>/        what somebody is just writing
 *
 * The lock of the whole is held for as long as the index is changed, last of all locks; for the others see locks.ts.
 */
export class ContentLayout {
  readonly directory: string;
  readonly blobs: string;
  readonly incoming: string;
  readonly index: string;
  readonly marker: string;

  constructor(directory: string) {
    this.directory = directory;
    this.blobs = join(directory, 'blobs');
    this.incoming = join(directory, '.incoming');
    this.index = join(directory, 'index.json');
    this.marker = join(directory, 'oci-layout');
  }

  /** The file of a blob. Throws SC_BAD_IMAGE for a digest that is none. */
  blob(digest: string): string {
    return join(this.#sha256, hexOf(digest));
  }

  exists(): boolean {
    return existsSync(this.index);
  }

  /** No effect where it is there. Whoever comes second writes the same, but for the index, which is made once. */
  make(): void {
    if (this.exists() && existsSync(this.incoming)) return;
    for (const path of [this.#sha256, this.incoming]) makeDirectory(path);
    writeFileSync(this.marker, layoutFile, { mode: 0o600, flush: true });
    const first = join(this.incoming, randomUUID());
    try {
      writeFileSync(first, documentBytes(emptyIndex()), { mode: 0o600, flush: true });
      linkSync(first, this.index);
    } catch (error) {
      if (!this.exists()) throw error;
    } finally {
      rmSync(first, { force: true });
    }
    for (const path of [this.blobs, this.directory, dirname(this.directory)]) syncDirectory(path);
  }

  /** Only for the holder of the lock of the whole. Throws SC_STORAGE_FAILED for one that nobody would read any more. */
  writeIndex(index: Index): void {
    const bytes = documentBytes(index);
    if (bytes.length > LARGEST_DOCUMENT)
      throw new ScError(
        'SC_STORAGE_FAILED',
        `write "${this.index}": it would have ${bytes.length} bytes, and ${LARGEST_DOCUMENT} are allowed`,
        { hint: 'remove images, or names of them, that nobody needs any more' },
      );
    replaceFile(this.index, bytes.toString(), { durable: true });
  }

  syncBlobs(): void {
    syncDirectory(this.#sha256);
  }

  /** The names of all files among the blobs, which are digits of digests, but for what others have put there. */
  blobNames(): string[] {
    return readdirSync(this.#sha256);
  }

  /** Removes what writers have left that are no more. Only for the holder of the exclusive lock of the blobs. */
  clearIncoming(): void {
    if (!existsSync(this.incoming)) return;
    for (const name of readdirSync(this.incoming))
      rmSync(join(this.incoming, name), { recursive: true, force: true });
  }

  get #sha256(): string {
    return join(this.blobs, 'sha256');
  }
}

export function emptyIndex(): Index {
  return { schemaVersion: 2, mediaType: INDEX, manifests: [] };
}
