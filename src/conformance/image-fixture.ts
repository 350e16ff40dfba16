import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type {
  FixtureImage,
  FixtureLayer,
  ImageArchive,
  Patch,
  TarEntry,
} from '../schema/conformance-case.ts';
import { tarOf } from './tar-fixture.ts';
import { withValueAt } from './value-path.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** Node's name of the processor where images have another. */
const architectures: { readonly [name: string]: string } = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** Bytes of the tar of a root filesystem. */
const MOST = 64 * 1024 * 1024;

type Values = { readonly [path: string]: unknown };

interface Blob {
  bytes: Buffer;
  descriptor: { mediaType: string; digest: string; size: number };
}

interface Layer extends Blob {
  diffId: string;
}

interface Image {
  name: string | undefined;
  config: Blob;
  layers: Layer[];
  /** Its image manifest as the index has it. */
  entry: object;
  blobs: Blob[];
}

/**
 * Writes an OCI image layout, or what is in a docker archive, into a directory: sound but for what the case says of it.
 * Images have the case's root filesystem as their lowest layer.
 */
export function makeArchive(directory: string, archive: ImageArchive, rootfs: string): void {
  const images = archive.images.map((image) => imageOf(image, rootfs));
  const members = archive.form === 'docker' ? dockerMembers(images, archive) : layoutMembers(images, archive);
  for (const [name, bytes] of Object.entries(members)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true, mode: 0o755 });
    writeFileSync(join(directory, name), bytes);
  }
}

function imageOf(
  { name, layers = [], base = true, entry = {}, ...documents }: FixtureImage,
  rootfs: string,
): Image {
  const { config = {}, manifest = {}, edit = {} } = documents;
  const above = (layers as (FixtureLayer | TarEntry[])[]).map(layerOf);
  const all = base ? [lowest(rootfs), ...above] : above;
  const configBlob = document(
    {
      architecture: architectures[process.arch] ?? process.arch,
      os: 'linux',
      config: { Cmd: ['/bin/sh'] },
      rootfs: { type: 'layers', diff_ids: all.map(({ diffId }) => diffId) },
    },
    { mediaType: CONFIG, patch: config, edit: edit.config },
  );
  const manifestBlob = document(
    {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: configBlob.descriptor,
      layers: all.map(({ descriptor }) => descriptor),
    },
    { mediaType: MANIFEST, patch: manifest, edit: edit.manifest },
  );
  const named = name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } };
  return {
    name,
    config: configBlob,
    layers: all,
    entry: patched({ ...manifestBlob.descriptor, ...named }, entry),
    blobs: [...all, configBlob, manifestBlob],
  };
}

function lowest(rootfs: string): Layer {
  const tar = execFileSync('tar', ['-C', rootfs, '--numeric-owner', '-cf', '-', '.'], { maxBuffer: MOST });
  return { ...blobOf(tar, LAYER), diffId: digestOf(tar) };
}

function layerOf(layer: FixtureLayer | readonly TarEntry[]): Layer {
  const {
    tar = [],
    ends = true,
    compression,
    mediaType,
    diffId,
    ...damage
  } = 'tar' in layer ? layer : ({ tar: layer } as FixtureLayer);
  const whole = tarOf(tar as TarEntry[], ends);
  const bytes = damaged(compressed(whole, compression), damage);
  const ending = compression === 'gzip' || compression === 'zstd' ? `+${compression}` : '';
  return {
    ...blobOf(bytes, mediaType ?? `${LAYER}${ending}`),
    diffId: diffId ?? digestOf(compression === undefined ? bytes : whole),
  };
}

function damaged(
  bytes: Buffer,
  { cut = 0, behind = '', flip }: Pick<FixtureLayer, 'cut' | 'behind' | 'flip'>,
) {
  const rest = Buffer.concat([bytes.subarray(0, bytes.length - cut), Buffer.from(behind)]);
  if (flip !== undefined) rest[flip] = ~(rest[flip] ?? 0) & 0xff;
  return rest;
}

function compressed(bytes: Buffer, compression: FixtureLayer['compression']): Buffer {
  switch (compression) {
    case undefined:
      return bytes;
    case 'gzip':
      return gzipSync(bytes);
    case 'zstd':
      return zstdCompressSync(bytes);
    default:
      return execFileSync(compression, ['-c'], { input: bytes, maxBuffer: MOST });
  }
}

function layoutMembers(images: readonly Image[], { index = {}, layout = {}, edit = {} }: ImageArchive) {
  const entries = images.map(({ entry }) => entry);
  const list = document(
    { schemaVersion: 2, mediaType: INDEX, manifests: entries },
    { mediaType: INDEX, patch: index, edit: edit.index },
  );
  const about = document(
    { imageLayoutVersion: '1.0.0' },
    { mediaType: '', patch: layout, edit: edit.layout },
  );
  const blobs = images.flatMap((image) => image.blobs);
  return {
    ...Object.fromEntries(
      blobs.map(({ bytes, descriptor }) => [`blobs/sha256/${hexOf(descriptor.digest)}`, bytes]),
    ),
    'index.json': list.bytes,
    'oci-layout': about.bytes,
  };
}

/** `index` changes `manifest.json`, which is a list. */
function dockerMembers(images: readonly Image[], { index = {}, edit = {} }: ImageArchive) {
  const nameOf = ({ descriptor }: Blob) => `${hexOf(descriptor.digest)}.json`;
  const placeOf = ({ descriptor }: Blob) => `${hexOf(descriptor.digest)}/layer.tar`;
  const list = images.map(({ name, config, layers }) => ({
    Config: nameOf(config),
    RepoTags: name === undefined ? null : [name],
    Layers: layers.map(placeOf),
  }));
  const members = document(list, { mediaType: '', patch: index, edit: edit.index });
  return {
    ...Object.fromEntries(
      images.flatMap(({ config, layers }) => [
        [nameOf(config), config.bytes],
        ...layers.map((layer) => [placeOf(layer), layer.bytes] as const),
      ]),
    ),
    'manifest.json': members.bytes,
  };
}

/** A document with other values at some paths, and then with other words in its text. */
function document(
  value: object,
  { mediaType, patch, edit = {} }: { mediaType: string; patch: Patch; edit?: Patch | undefined },
): Blob {
  const text = JSON.stringify(patched(value, patch));
  const edited = Object.entries(edit as { [text: string]: string }).reduce((all, [from, to]) => {
    if (!all.includes(from)) throw new Error(`a document of the case has no ${from} in it: ${all}`);
    return all.replace(from, () => to);
  }, text);
  return blobOf(Buffer.from(edited), mediaType);
}

/** Places of the table have their values by now. */
function patched<Value>(value: Value, patch: Patch): Value {
  return Object.entries(patch as Values).reduce(
    (all, [path, change]) => withValueAt(all, path, change),
    value,
  );
}

function blobOf(bytes: Buffer, mediaType: string): Blob {
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}
