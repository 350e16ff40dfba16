// Generated from schema/operations/image-load.schema.json by `npm run generate`; not to be edited.

import type { LoadedImages } from './image-many.ts';

/**
 * Takes images into the store: from an archive of docker, podman or sc, or from an OCI image
 * layout.
 */
export type ImageLoad = ImageLoadRequest | ImageLoadResult;

/** What is to be loaded. */
export interface ImageLoadRequest {
  /** A file, a directory with an OCI image layout, or `-` for the caller's stdin. */
  source: string;
  /** Of several images in it, only that of this name. */
  reference?: string;
  /** A name for the image in place of its own. */
  name?: string;
  /** What it is to be for, in place of this machine. */
  platform?: string;
  /** Whether images for several platforms are kept for all of them. Default: false. */
  allPlatforms?: boolean;
}

/** `sc image load`. */
export type ImageLoadResult = LoadedImages;
