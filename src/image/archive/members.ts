import { posix } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { visible } from '../../errors/visible.ts';
import { checkBlob, type Expected, type NewBlob } from '../content/blob-writer.ts';
import type { BlobReference } from '../content/blobs.ts';
import type { Documents } from '../content/image.ts';
import { digestOf, hexOf } from '../format/digest.ts';
import { checkDocumentSize } from '../format/documents.ts';

/** What a directory or an archive consists of, by names such as `blobs/sha256/...`. Nobody vouches for any of it. */
export interface Members {
  has(name: string): boolean;
  /** The bytes of a document. Throws SC_BAD_IMAGE where there is no such member, or one that is too large for it. */
  read(name: string): Buffer;
  /** Takes a member in as a blob, `what` in errors. Throws SC_BAD_IMAGE where it is missing or not what was expected. */
  take(name: string, what: string, expected: Expected): Promise<NewBlob>;
}

/** Where an OCI image layout has a blob. Throws SC_BAD_IMAGE for what is no digest. */
export function blobMember(digest: string): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** The documents of a layout, each found to be what is referred to. */
export function documentsIn(members: Members): Documents {
  return {
    readDocument({ digest, size }: BlobReference, what: string): Buffer {
      checkDocumentSize(what, size);
      const bytes = members.read(blobMember(digest));
      checkBlob({ digest: digestOf(bytes), size: bytes.length }, what, { digest, size });
      return bytes;
    },
  };
}

/**
 * The name of a member as others refer to it: without `./` and doubled slashes. Throws SC_BAD_IMAGE for one that is
 * absolute, leads out of the archive, or is none. No file of the host has such a name: the name is a key, and no more.
 */
export function memberName(name: string): string {
  const normal = posix.normalize(name).replace(/\/+$/, '');
  const isOutside = normal.startsWith('/') || normal === '..' || normal.startsWith('../');
  if (name === '' || name.includes('\0') || isOutside)
    throw badMember(name, 'its name leads out of the archive');
  return normal;
}

export function badMember(name: string, why: string): ScError {
  return new ScError('SC_BAD_IMAGE', `read member "${visible(name.slice(0, 200))}" of the archive: ${why}`);
}
