// Generated from schema/operations/image-history.schema.json by `npm run generate`; not to be edited.

import type { ImageReference } from './image-many.ts';

/** Tells how an image came about. */
export type ImageHistory = ImageHistoryRequest | ImageHistoryResult;

/** Which image. */
export interface ImageHistoryRequest {
  image: ImageReference;
  /** For which platform, in place of this machine's. */
  platform?: string;
}

/** `sc image history`. */
export interface ImageHistoryResult {
  /** ID of the image. */
  id: string;
  /** The last first. */
  steps: HistoryStep[];
}

/** One step. */
export interface HistoryStep {
  /** When. */
  createdAt?: string;
  /** By what. */
  createdBy?: string;
  /** What was said of it. */
  comment?: string;
  /** By whom. */
  author?: string;
  /** Bytes of the layer that it has made, as it is kept; 0 where it has made none. */
  size: number;
  /** Digest of that layer. */
  layer?: string;
}
