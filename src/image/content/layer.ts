import { createHash } from 'node:crypto';
import { ScError } from '../../errors/error.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import { decompress } from '../compression/decompress.ts';
import { type DecompressionLimits, decompressionLimits } from '../compression/limits.ts';
import type { Image } from './image.ts';

/** One layer of an image. */
export type Layer = Image['layers'][number];

/** Where a layer is unpacked, zeros take no room. */
export const limitsOfLayer: DecompressionLimits = { ...decompressionLimits, countsZeros: false };

/** Where the bytes of blobs come from, verified at their end. */
export interface BlobSource {
  chunks(blob: Descriptor, what: string): AsyncIterable<Buffer>;
}

/** The tar of a layer, as it is without compression. That its diffID is right is for who reads it to find. */
export function layerTar(source: BlobSource, { blob }: Layer): AsyncIterable<Buffer> {
  return decompress(source.chunks(blob, 'layer'), limitsOfLayer);
}

/** Reads a layer to its end and answers the bytes of its tar. Throws SC_BAD_IMAGE where its diffID is another. */
export async function verifyLayer(source: BlobSource, layer: Layer): Promise<number> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of layerTar(source, layer)) {
    size += chunk.length;
    hash.update(chunk);
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found === layer.diffId) return size;
  throw new ScError(
    'SC_BAD_IMAGE',
    `read layer ${layer.blob.digest}: its diffID is ${found} in place of ${layer.diffId}`,
  );
}
