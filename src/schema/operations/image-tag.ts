// Generated from schema/operations/image-tag.schema.json by `npm run generate`; not to be edited.

import type { ImageReference } from './image-many.ts';

/** Gives an image a further name. */
export type ImageTag = ImageTagRequest | ImageTagResult;

/** Which image, and which name. */
export interface ImageTagRequest {
  image: ImageReference;
  /** The new name. Whoever had it has it no more. */
  name: string;
}

/** `sc image tag`. */
export interface ImageTagResult {
  /** The name as it was given, whole. */
  tagged: string;
  /** Digest of what it stands for. */
  digest: string;
}
