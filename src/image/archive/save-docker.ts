import type { ArchivedImage } from '../../schema/image/docker-archive.ts';
import type { Documents, Image } from '../content/image.ts';
import { type BlobSource, type Layer, layerTar, verifyLayer } from '../content/layer.ts';
import { documentBytes } from '../format/documents.ts';
import { type Member, tarOf } from './tar-file.ts';

/** An image, and its names in the archive. */
interface SavedImage {
  names: readonly string[];
  image: Image;
}

/**
 * The images as `docker save` writes them, the same bytes for the same images: layers without compression, under their
 * diffIDs and each once. A tar says how long a file is before its bytes: a compressed layer is read twice, the first
 * time to learn it. Throws SC_BAD_IMAGE where a layer's diffID is another.
 */
export async function* dockerTar(
  source: Documents & BlobSource,
  images: readonly SavedImage[],
): AsyncGenerator<Buffer> {
  yield* tarOf(dockerMembers(source, images));
}

async function* dockerMembers(
  source: Documents & BlobSource,
  images: readonly SavedImage[],
): AsyncGenerator<Member> {
  const configs = new Map(images.map(({ image }) => [image.id, image]));
  for (const { id, manifest } of configs.values()) {
    const bytes = source.readDocument(manifest.config, `config ${id}`);
    yield { path: configName(id), size: bytes.length, content: [bytes] };
  }
  const layers = new Map(
    [...configs.values()].flatMap(({ layers }) => layers.map((layer) => [layer.diffId, layer])),
  );
  for (const layer of layers.values()) {
    const size = await verifyLayer(source, layer);
    yield { path: layerName(layer), size, content: layerTar(source, layer) };
  }
  const list = documentBytes(images.map(archived));
  yield { path: 'manifest.json', size: list.length, content: [list] };
}

function archived({ names, image }: SavedImage): ArchivedImage {
  return { Config: configName(image.id), RepoTags: [...names], Layers: image.layers.map(layerName) };
}

function configName(id: string): string {
  return `${id.slice('sha256:'.length)}.json`;
}

function layerName({ diffId }: Pick<Layer, 'diffId'>): string {
  return `${diffId.slice('sha256:'.length)}.tar`;
}
