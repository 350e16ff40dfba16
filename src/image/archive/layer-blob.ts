import { closeSync, openSync, readSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { BEGINNING, type Compression, compressionOf } from '../compression/compression.ts';
import type { NewBlob } from '../content/blob-writer.ts';

/** How a blob is compressed, told by its first bytes. */
export function compressionOfBlob({ path }: Pick<NewBlob, 'path'>): Compression {
  const file = openSync(path, 'r');
  try {
    const beginning = Buffer.alloc(BEGINNING);
    return compressionOf(beginning.subarray(0, readSync(file, beginning)));
  } finally {
    closeSync(file);
  }
}

/** Throws SC_BAD_IMAGE where a layer is not compressed as its media type says: two readers may see two contents. */
export function checkCompression(blob: NewBlob, what: string, expected: Compression): void {
  const found = compressionOfBlob(blob);
  if (found === expected) return;
  const words = (compression: Compression) => (compression === 'none' ? 'no compression' : compression);
  throw new ScError(
    'SC_BAD_IMAGE',
    `take in ${what}: its media type says ${words(expected)}, and its bytes say ${words(found)}`,
  );
}
