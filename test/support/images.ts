import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Intake } from '../../src/image/content/intake.ts';
import { hostPlatform } from '../../src/image/format/platform.ts';
import type { Descriptor } from '../../src/schema/image/descriptor.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const CONFIG = 'application/vnd.oci.image.config.v1+json';
export const LAYER = 'application/vnd.oci.image.layer.v1.tar';

export const digest = (bytes: Uint8Array | string) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An empty tar. */
export const emptyTar = Buffer.alloc(1024);

export interface MadeImage {
  /** Of the image manifest. */
  descriptor: Descriptor;
  id: string;
  /** By their digests. */
  blobs: Map<string, Buffer>;
}

/** An image with such layers, which are uncompressed tars, in memory. */
export function makeImage(
  layers: readonly Buffer[] = [emptyTar],
  config: Record<string, unknown> = {},
  manifest: Record<string, unknown> = {},
): MadeImage {
  const blobs = new Map<string, Buffer>();
  const add = (bytes: Buffer, mediaType: string): Descriptor => {
    blobs.set(digest(bytes), bytes);
    return { mediaType, digest: digest(bytes), size: bytes.length };
  };
  const configBytes = json({
    ...hostPlatform(),
    config: { Cmd: ['true'] },
    rootfs: { type: 'layers', diff_ids: layers.map(digest) },
    ...config,
  });
  const descriptor = add(
    json({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: add(configBytes, CONFIG),
      layers: layers.map((layer) => add(layer, LAYER)),
      ...manifest,
    }),
    MANIFEST,
  );
  return { descriptor, id: digest(configBytes), blobs };
}

/** An image whose only layer holds other bytes than that of any other name. */
export function imageOf(name: string): MadeImage {
  return makeImage([emptyTar], { author: name });
}

export async function takeIn(intake: Intake, { blobs }: MadeImage): Promise<void> {
  for (const [expected, bytes] of blobs)
    await intake.put([bytes], 'blob', { digest: expected, size: bytes.length });
}

/** An OCI image layout in a directory, with an entry for each image and its name. */
export function writeLayout(
  directory: string,
  images: readonly { name?: string; image: MadeImage }[],
  index: Record<string, unknown> = {},
): void {
  mkdirSync(join(directory, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(directory, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  for (const { image } of images)
    for (const [name, bytes] of image.blobs)
      writeFileSync(join(directory, 'blobs/sha256', name.slice(7)), bytes);
  const manifests = images.map(({ name, image }) => ({
    ...image.descriptor,
    ...(name !== undefined && { annotations: { 'org.opencontainers.image.ref.name': name } }),
  }));
  writeFileSync(
    join(directory, 'index.json'),
    json({ schemaVersion: 2, mediaType: INDEX, manifests, ...index }),
  );
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Everything below a directory, by its path. */
export function everythingIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
}

export function copyOf(directory: string): string {
  const copy = `${directory}-copy`;
  cpSync(directory, copy, { recursive: true });
  return copy;
}
