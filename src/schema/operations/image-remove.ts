// Generated from schema/operations/image-remove.schema.json by `npm run generate`; not to be edited.

import type { ImageReference } from './image-many.ts';
import type { FailedReference } from './many.ts';

/** Takes names from images, and removes those that have none left. */
export type ImageRemove = ImageRemoveRequest | ImageRemoveResult;

/** What is to be removed. */
export interface ImageRemoveRequest {
  /** The images. */
  images: ImageReference[];
  /**
   * Whether those too that containers stand on, which stay without a name as long as these do, and
   * all names of one that is named by its ID. Default: false.
   */
  force?: boolean;
}

/** `sc image remove`: each is tried, also where another fails. */
export interface ImageRemoveResult {
  /** Those with which it was done. */
  removed: RemovedImage[];
  /** Those with which it could not be done. */
  failures: FailedReference[];
  /** Bytes of the disk that are free now, but for those of unpacked layers. */
  reclaimed: number;
}

/** What was done with one of them. */
export interface RemovedImage {
  /** As it was named. */
  reference: string;
  /** Names that were taken away. */
  untagged: string[];
  /** IDs of the images that are gone; none where another name or a container is left. */
  deleted: string[];
}
