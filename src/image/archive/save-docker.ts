import { createHash } from 'node:crypto';
import { ScError } from '../../errors/error.ts';
import type { ArchivedImage } from '../../schema/image/docker-archive.ts';
import { decompress } from '../compression/decompress.ts';
import type { Image } from '../content/image.ts';
import { documentBytes } from '../format/documents.ts';
import type { BlobSource } from './save-layout.ts';
import { type Member, tarOf } from './tar-file.ts';

/** An image, and its names in the archive. */
export interface SavedImage {
  names: readonly string[];
  image: Image;
}

type Layer = Image['layers'][number];

/**
 * The images as `docker save` writes them, the same bytes for the same images: layers without compression, under their
 * diffIDs and each once. A tar says how long a file is before its bytes: a compressed layer is read twice, the first
 * time to learn it. Throws SC_BAD_IMAGE where a layer's diffID is another.
 */
export async function* dockerTar(source: BlobSource, images: readonly SavedImage[]): AsyncGenerator<Buffer> {
  yield* tarOf(dockerMembers(source, images));
}

async function* dockerMembers(source: BlobSource, images: readonly SavedImage[]): AsyncGenerator<Member> {
  const configs = new Map(images.map(({ image }) => [image.id, image]));
  for (const { id, manifest } of configs.values()) {
    const bytes = source.readDocument(manifest.config, `config ${id}`);
    yield { path: configName(id), size: bytes.length, content: [bytes] };
  }
  const layers = new Map(
    [...configs.values()].flatMap(({ layers }) => layers.map((layer) => [layer.diffId, layer])),
  );
  for (const layer of layers.values()) {
    const size = await plainSize(source, layer);
    yield { path: layerName(layer), size, content: plain(source, layer) };
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

async function plainSize(source: BlobSource, layer: Layer): Promise<number> {
  const { blob, diffId } = layer;
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of plain(source, layer)) {
    size += chunk.length;
    hash.update(chunk);
  }
  const found = `sha256:${hash.digest('hex')}`;
  if (found === diffId) return size;
  throw new ScError(
    'SC_BAD_IMAGE',
    `read layer ${blob.digest}: its diffID is ${found} in place of ${diffId}`,
  );
}

function plain(source: BlobSource, { blob }: Layer): AsyncIterable<Buffer> {
  return decompress(source.chunks(blob, 'layer'));
}
