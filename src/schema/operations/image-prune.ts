// Generated from schema/operations/image-prune.schema.json by `npm run generate`; not to be edited.

/**
 * Removes images that have no name and that no container stands on, and all that belongs to no
 * image.
 */
export type ImagePrune = ImagePruneRequest | ImagePruneResult;

/** What is to be removed. */
export interface ImagePruneRequest {
  /** Whether images with names too, if no container stands on them. Default: false. */
  all?: boolean;
}

/** `sc image prune`. */
export interface ImagePruneResult {
  /** Names of images that are gone. */
  untagged: string[];
  /** IDs of images that are gone. */
  deleted: string[];
  /** How many blobs are gone. */
  blobs: number;
  /** How many unpacked layers are gone. */
  layers: number;
  /** Bytes of the disk that the blobs took. */
  reclaimed: number;
}
