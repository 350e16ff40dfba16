// Generated from schema/operations/image-inspect.schema.json by `npm run generate`; not to be edited.

import type { Config } from '../image/config.ts';
import type { ImageReference } from './image-many.ts';

/** Tells all that is known of an image. */
export type ImageInspect = ImageInspectRequest | ImageInspectResult;

/** Which image. */
export interface ImageInspectRequest {
  image: ImageReference;
  /** For which platform, in place of this machine's. */
  platform?: string;
}

/** `sc image inspect`. */
export interface ImageInspectResult {
  /** Its ID: the digest of its config. */
  id: string;
  /** Digest of its image manifest. */
  digest: string;
  /** All of its names. */
  names: string[];
  /** What it is for. */
  platform: string;
  /** Bytes of its layers and documents. */
  size: number;
  /** The lowest first. */
  layers: InspectedLayer[];
  /** Names of the containers that stand on it. */
  containers: string[];
  /** Its config, as it is. */
  config: Config;
}

/** One layer. */
export interface InspectedLayer {
  /** Digest of its blob. */
  digest: string;
  /** Digest of its tar without compression. */
  diffId: string;
  /** What it is. */
  mediaType: string;
  /** Bytes of its blob. */
  size: number;
  /** Bytes that it takes unpacked; none where it is not. */
  unpacked?: number;
}
