import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Intake } from '../../src/image/content/intake.ts';
import { hostPlatform } from '../../src/image/format/platform.ts';
import type { TarEntry } from '../../src/image/tar/entry.ts';
import { TarWriter } from '../../src/image/tar/writer.ts';
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

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Everything below a directory, by its path. */
export function everythingIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
}

/** The members of an OCI image layout, by their names. */
export function layoutOf(
  images: readonly { name?: string; image: MadeImage }[],
  index: Record<string, unknown> = {},
): Map<string, Buffer> {
  const manifests = images.map(({ name, image }) => ({
    ...image.descriptor,
    ...(name !== undefined && { annotations: { 'org.opencontainers.image.ref.name': name } }),
  }));
  const blobs = images.flatMap(({ image }) => [...image.blobs]);
  return new Map([
    ...blobs.map(([blob, bytes]) => [`blobs/sha256/${blob.slice(7)}`, bytes] as const),
    ['index.json', json({ schemaVersion: 2, mediaType: INDEX, manifests, ...index })],
    ['oci-layout', json({ imageLayoutVersion: '1.0.0' })],
  ]);
}

/** What `docker save` writes of images, by the names of its members. */
export function dockerArchiveOf(
  images: readonly { names: string[] | null; image: MadeImage }[],
): Map<string, Buffer> {
  const members = new Map<string, Buffer>();
  const list = images.map(({ names, image }) => {
    const Config = `${image.id.slice(7)}.json`;
    const config = image.blobs.get(image.id) ?? Buffer.alloc(0);
    members.set(Config, config);
    const diffIds = (JSON.parse(config.toString()) as { rootfs: { diff_ids: string[] } }).rootfs.diff_ids;
    const Layers = diffIds.map((diffId) => {
      members.set(`${diffId.slice(7)}/layer.tar`, image.blobs.get(diffId) ?? Buffer.alloc(0));
      return `${diffId.slice(7)}/layer.tar`;
    });
    return { Config, RepoTags: names, Layers };
  });
  return members.set('manifest.json', json(list));
}

/** Puts members below a directory. */
export function writeMembers(directory: string, members: ReadonlyMap<string, Buffer>): void {
  for (const [name, bytes] of members) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), bytes);
  }
}

/** A member of a tar that somebody has made by hand. */
export interface HandMade {
  path: string;
  type?: TarEntry['type'];
  link?: string;
  bytes?: Buffer;
}

/** A tar of such members, in their order, whatever they are. */
export function tarWith(members: readonly HandMade[]): Buffer {
  const writer = new TarWriter();
  const chunks = members.flatMap(({ bytes = Buffer.alloc(0), ...member }) => [
    writer.begin(entryOf(member, bytes.length)),
    writer.content(bytes),
    Buffer.from(writer.end()),
  ]);
  return Buffer.concat([...chunks, writer.finish()]);
}

/** The headers of a file of so many bytes, which nobody has written. */
export function headerOfFile(path: string, size: number): Buffer {
  return new TarWriter().begin(entryOf({ path }, size));
}

function entryOf({ path, type = 'file', link = '' }: HandMade, size: number): TarEntry {
  return {
    ...{ path: Buffer.from(path), type, mode: 0o644, uid: 0, gid: 0, mtime: 0n, size },
    ...{ link: Buffer.from(link), deviceMajor: 0, deviceMinor: 0, xattrs: new Map() },
  };
}

export function tarOfMembers(members: Iterable<readonly [string, Buffer]>): Buffer {
  return tarWith([...members].map(([path, bytes]) => ({ path, bytes })));
}

/** Bytes in chunks that end anywhere. */
export async function* inChunks(bytes: Buffer, size = 7000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

export async function whole(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}
