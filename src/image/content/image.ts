import { ScError } from '../../errors/error.ts';
import type { Config } from '../../schema/image/config.ts';
import type { Descriptor } from '../../schema/image/descriptor.ts';
import type { Manifest } from '../../schema/image/manifest.ts';
import { chainIds } from '../format/digest.ts';
import { readConfig, readIndex, readManifest } from '../format/documents.ts';
import { isConfigType, isIndexType, isManifestType, layerCompression } from '../format/media-types.ts';
import type { BlobReference } from './blobs.ts';

/** Where the documents of images are read from, whole and verified. `what` names one in errors. */
export interface Documents {
  readDocument(blob: BlobReference, what: string): Buffer;
}

/** One image for one platform. */
export interface Image {
  /** The digest of its config. */
  id: string;
  /** Refers to the image manifest. */
  descriptor: Descriptor;
  manifest: Manifest;
  config: Config;
  /** Lowest first, each with the digest of its uncompressed tar. */
  layers: { blob: Descriptor; diffId: string; chainId: string }[];
}

/** Layers of an image: overlay stacks no more of them (OVL_MAX_STACK), and each has all below it opened. */
const MOST_LAYERS = 500;
/** Levels of an index in an index. */
const DEEPEST = 8;
/** Image manifests and indexes of one image, for all platforms together. */
const MOST_MANIFESTS = 1000;

/** Reads an image by its image manifest. Throws SC_BAD_IMAGE for what is none, SC_UNSUPPORTED for what is another thing. */
export function readImage(documents: Documents, descriptor: Descriptor): Image {
  const what = `image manifest ${descriptor.digest}`;
  if (!isManifestType(descriptor.mediaType)) throw foreignType(what, descriptor.mediaType);
  const manifest = readManifest(documents.readDocument(descriptor, what), what, descriptor.mediaType);
  const { config: of } = manifest;
  if (!isConfigType(of.mediaType)) throw foreignType(`config ${of.digest}`, of.mediaType);
  const config = readConfig(documents.readDocument(of, `config ${of.digest}`), `config ${of.digest}`);
  return { id: of.digest, descriptor, manifest, config, layers: layersOf(manifest, config, what) };
}

function layersOf(manifest: Manifest, config: Config, what: string): Image['layers'] {
  const diffIds = config.rootfs.diff_ids ?? [];
  if (manifest.layers.length !== diffIds.length) {
    const counts = `it has ${manifest.layers.length} layers, and its config ${diffIds.length} diffIDs`;
    throw new ScError('SC_BAD_IMAGE', `read ${what}: ${counts}`);
  }
  if (diffIds.length > MOST_LAYERS) {
    const counts = `it has ${diffIds.length} layers, and ${MOST_LAYERS} are allowed`;
    throw new ScError('SC_BAD_IMAGE', `read ${what}: ${counts}`);
  }
  const chain = chainIds(diffIds);
  return manifest.layers.map((blob, index) => {
    if (layerCompression(blob.mediaType) === undefined)
      throw foreignType(`layer ${blob.digest}`, blob.mediaType);
    return { blob, diffId: diffIds[index] ?? '', chainId: chain[index] ?? '' };
  });
}

/** The image manifests that a descriptor leads to, each once: itself, or all in an index and those in that. */
export function manifestsOf(documents: Documents, descriptor: Descriptor): Descriptor[] {
  return documentsOf(documents, descriptor).filter(({ mediaType }) => isManifestType(mediaType));
}

/** The image manifests and indexes that a descriptor leads to, itself first, each once. What else an index names is left out. */
export function documentsOf(documents: Documents, descriptor: Descriptor): Descriptor[] {
  const found = new Map<string, Descriptor>();
  const visit = (at: Descriptor, depth: number): void => {
    const known = found.get(at.digest);
    if (known !== undefined) {
      refuseOther(known, at, descriptor);
      return;
    }
    const what = `index ${at.digest}`;
    if (found.size >= MOST_MANIFESTS)
      throw new ScError(
        'SC_BAD_IMAGE',
        `read ${what}: it leads to more than ${MOST_MANIFESTS} image manifests`,
      );
    found.set(at.digest, at);
    if (!isIndexType(at.mediaType)) return;
    if (depth > DEEPEST)
      throw new ScError('SC_BAD_IMAGE', `read ${what}: it is nested more than ${DEEPEST} levels deep`);
    const { manifests } = readIndex(documents.readDocument(at, what), what, at.mediaType);
    for (const below of manifests) {
      if (isIndexType(below.mediaType) || isManifestType(below.mediaType)) visit(below, depth + 1);
    }
  };
  if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType))
    throw foreignType(`image ${descriptor.digest}`, descriptor.mediaType);
  visit(descriptor, 1);
  return [...found.values()];
}

/** Two readers may take one digest for two things, of which only one has been looked at. */
function refuseOther(one: Descriptor, other: Descriptor, from: Descriptor): void {
  if (one.size === other.size && one.mediaType === other.mediaType) return;
  const words = [one, other].map(({ mediaType, size }) => `${mediaType} of ${size} bytes`).join(' and as ');
  throw new ScError('SC_BAD_IMAGE', `read index ${from.digest}: it leads to ${one.digest} as ${words}`);
}

/** All blobs that an image manifest needs, itself among them. Its config need not be one of an image. */
export function blobsOf(documents: Documents, descriptor: Descriptor): Descriptor[] {
  const what = `image manifest ${descriptor.digest}`;
  const manifest = readManifest(documents.readDocument(descriptor, what), what, descriptor.mediaType);
  return [descriptor, manifest.config, ...manifest.layers];
}

/** The ID of the image of an image manifest, whose config is not read; undefined where it is none of a container image. */
export function idOf(documents: Documents, descriptor: Descriptor): string | undefined {
  const [, config] = blobsOf(documents, descriptor);
  return config !== undefined && isConfigType(config.mediaType) ? config.digest : undefined;
}

function foreignType(what: string, mediaType: string): ScError {
  return new ScError(
    'SC_UNSUPPORTED',
    `read ${what}: ${JSON.stringify(mediaType.slice(0, 150))} is no part of a container image that is known`,
  );
}
