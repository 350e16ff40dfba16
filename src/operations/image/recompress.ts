import { compress } from '../../image/compression/compress.ts';
import type { Image } from '../../image/content/image.ts';
import type { Intake } from '../../image/content/intake.ts';
import { type Layer, layerTar } from '../../image/content/layer.ts';
import { makeManifest } from '../../image/content/make-manifest.ts';
import { documentBytes } from '../../image/format/documents.ts';
import { INDEX, layerCompression, layerType } from '../../image/format/media-types.ts';
import type { Descriptor, Platform } from '../../schema/image/descriptor.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/**
 * Images whose layers are compressed in another way, so that their image manifests are others: their IDs stay. Several
 * are for one platform each, and become an index. What is put into `intake` is for nobody else.
 */
export async function recompress(
  intake: Intake,
  images: readonly Image[],
  compression: Compression,
): Promise<Descriptor> {
  const manifests: Descriptor[] = [];
  for (const image of images) {
    const { mediaType, digest, size } = image.manifest.config;
    const layers: Descriptor[] = [];
    for (const layer of image.layers) layers.push(await recompressLayer(intake, layer, compression));
    const target = await makeManifest(intake, { mediaType, digest, size }, layers);
    manifests.push({ ...target, platform: platformOf(image) });
  }
  const [first, ...others] = manifests;
  if (first !== undefined && others.length === 0) return first;
  const bytes = documentBytes({ schemaVersion: 2, mediaType: INDEX, manifests });
  const { digest, size } = await intake.put([bytes], 'index');
  return { mediaType: INDEX, digest, size };
}

async function recompressLayer(intake: Intake, layer: Layer, compression: Compression): Promise<Descriptor> {
  if (layerCompression(layer.blob.mediaType) === compression) return layer.blob;
  const tar = layerTar(intake, layer);
  // Without compression the digest is the diffID: a wrong one is found here.
  const { digest, size } =
    compression === 'none'
      ? await intake.put(tar, `layer ${layer.blob.digest}`, { digest: layer.diffId })
      : await intake.put(compress(tar, compression), `layer ${layer.blob.digest}`);
  return { mediaType: layerType(compression), digest, size };
}

function platformOf({ config: { os, architecture, variant } }: Image): Platform {
  return { os, architecture, ...(typeof variant === 'string' && variant !== '' && { variant }) };
}
