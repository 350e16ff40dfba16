import { ScError } from '../../errors/error.ts';
import { decompress } from '../../image/compression/decompress.ts';
import type { Image } from '../../image/content/image.ts';
import { limitsOfLayer } from '../../image/content/layer.ts';
import { hexOf } from '../../image/format/digest.ts';
import { unpackLayer } from '../../image/layer/unpack.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import type { Layered } from '../../storage/driver.ts';

/** Where blobs are read from: the store, or what is just being taken in. */
export interface BlobChunks {
  chunks(blob: Pick<Descriptor, 'digest' | 'size'>, what: string): AsyncIterable<Buffer>;
}

/** Told as the layers of an image are unpacked. */
export interface UnpackProgress {
  /** Bytes of the compressed layer that have been read. */
  read(blob: Descriptor, bytes: number): void;
}

/**
 * Unpacks the layers of an image into the storage driver, as far as they are not there yet, each verified by its
 * diffID. Throws SC_BAD_IMAGE and SC_STORAGE_FAILED; then the layers that it has made are gone.
 */
export async function provideLayers(
  storage: Layered,
  { layers }: Image,
  blobs: BlobChunks,
  progress?: UnpackProgress,
): Promise<void> {
  const made: string[] = [];
  let parent: string | undefined;
  try {
    for (const { blob, diffId, chainId } of layers) {
      const key = hexOf(chainId);
      if (!storage.hasLayer(key)) {
        await storage.addLayer(key, parent, async (place) => {
          const compressed = counted(blobs.chunks(blob, `layer ${blob.digest}`), (bytes) =>
            progress?.read(blob, bytes),
          );
          const unpacked = await unpackLayer(decompress(compressed, limitsOfLayer), place);
          if (unpacked.diffId !== diffId) throw otherBytes(blob, diffId, unpacked.diffId);
        });
        made.push(key);
      }
      parent = key;
    }
  } catch (error) {
    // One that somebody stands on meanwhile stays.
    for (const key of made.reverse()) await storage.removeLayer(key).catch(() => {});
    throw error;
  }
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  hear: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    hear(bytes);
  }
}

function otherBytes({ digest }: Descriptor, expected: string, found: string): ScError {
  return new ScError(
    'SC_BAD_IMAGE',
    `unpack layer ${digest}: its diffID is ${found}, and the config of the image says ${expected}`,
  );
}
