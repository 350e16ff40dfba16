import { createHash } from 'node:crypto';
import { ScError } from '../../errors/error.ts';
import { TarReader } from '../tar/reader.ts';
import { LayerTree } from './layer-tree.ts';
import { type LayerLimits, layerLimits } from './limits.ts';
import { mergedHiding } from './merged-hiding.ts';
import { overlayHiding } from './overlay-hiding.ts';
import type { LayerPlace } from './place.ts';
import { Unpacker } from './unpacker.ts';

export interface UnpackedLayer {
  /** `sha256:` and the hex digits of all bytes of the tar, also of those behind its end. */
  diffId: string;
  bytes: number;
  entries: number;
}

/**
 * Unpacks a layer, a tar without compression, into a directory that nobody else uses meanwhile. Nothing outside of
 * it is changed, whatever the tar says; who calls this removes it after an error, and has what was written put on
 * the disk (syncfs).
 *
 * Throws SC_BAD_IMAGE for a tar that cannot be read, or asks for what no layer may or for more than the limits
 * allow, and SC_STORAGE_FAILED for what the filesystem refuses.
 */
export async function unpackLayer(
  chunks: AsyncIterable<Buffer>,
  into: LayerPlace,
  limits: LayerLimits = layerLimits,
): Promise<UnpackedLayer> {
  const hash = createHash('sha256');
  let bytes = 0;
  const tree = new LayerTree(into, limits);
  const hiding = into.form === 'overlay' ? overlayHiding(tree) : mergedHiding(tree);
  const unpacker = new Unpacker(tree, hiding, limits);
  try {
    const reader = new TarReader(unpacker);
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > limits.bytes)
        throw new ScError('SC_BAD_IMAGE', `unpack a layer: it has more than ${limits.bytes} bytes`);
      hash.update(chunk);
      reader.write(chunk);
    }
    reader.finish();
    tree.finish();
  } finally {
    unpacker.close();
    tree.close();
  }
  return { diffId: `sha256:${hash.digest('hex')}`, bytes, entries: unpacker.entries };
}
