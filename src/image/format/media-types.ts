/** What the parts of an image are called, by the OCI and by docker, which came first. */
export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';

const LAYERS: Readonly<Record<string, LayerCompression>> = {
  [LAYER]: 'none',
  [`${LAYER}+gzip`]: 'gzip',
  [`${LAYER}+zstd`]: 'zstd',
  'application/vnd.oci.image.layer.nondistributable.v1.tar': 'none',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip': 'gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+zstd': 'zstd',
  'application/vnd.docker.image.rootfs.diff.tar': 'none',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd': 'zstd',
  'application/vnd.docker.image.rootfs.foreign.diff.tar': 'none',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip': 'gzip',
};

/** How a layer may be compressed in an image: what else there is only comes in archives. */
type LayerCompression = 'none' | 'gzip' | 'zstd';

export function isIndexType(mediaType: string): boolean {
  return mediaType === INDEX || mediaType === DOCKER_INDEX;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === MANIFEST || mediaType === DOCKER_MANIFEST;
}

export function isConfigType(mediaType: string): boolean {
  return mediaType === CONFIG || mediaType === DOCKER_CONFIG;
}

/** How a layer of this type is compressed; undefined of what is no layer. */
export function layerCompression(mediaType: string): LayerCompression | undefined {
  return Object.hasOwn(LAYERS, mediaType) ? LAYERS[mediaType] : undefined;
}

/** The OCI's name of a layer. */
export function layerType(compression: LayerCompression): string {
  return compression === 'none' ? LAYER : `${LAYER}+${compression}`;
}
