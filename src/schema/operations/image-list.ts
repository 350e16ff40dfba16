// Generated from schema/operations/image-list.schema.json by `npm run generate`; not to be edited.

import type { Fault } from '../fault.ts';
import type { ImageReference } from './image-many.ts';

/** Tells which images there are. */
export type ImageList = ImageListRequest | ImageListResult;

/** Which of them are wanted. */
export interface ImageListRequest {
  /**
   * Only those whose name fits one of these, or the end of whose name does: `*` stands for anything
   * but a slash.
   */
  references?: string[];
  /** Only those without a name, or only those with one. */
  dangling?: boolean;
  /** Only those that have all of these labels: a key, or a key and its value. */
  labels?: string[];
  /** Only those that were made before this one. */
  before?: ImageReference;
  /** Only those that were made after this one. */
  since?: ImageReference;
}

/** `sc image list`. */
export interface ImageListResult {
  /** The newest first. */
  images: ListedImage[];
  /** Images that cannot be read. */
  broken: BrokenImage[];
}

/** One name of an image, or an image without one. */
export interface ListedImage {
  /**
   * Its ID: the digest of its config. Of one for several platforms that for this machine, or else
   * the first.
   */
  id: string;
  /** Digest of its image manifest, or of its index. */
  digest: string;
  /** Its name; none where it has lost it or never had one. */
  name?: string;
  /** What it is for. */
  platforms: string[];
  /** When it was made, as it says itself. */
  createdAt?: string;
  /**
   * Bytes of its layers and documents as they are kept, compressed or not. What it shares with
   * others counts in full.
   */
  size: number;
  /** How many layers it has. */
  layers: number;
  /** Names of the containers that stand on it. */
  containers: string[];
}

/** An image that cannot be read. */
export interface BrokenImage {
  /** Digest of its image manifest, or of its index. */
  digest: string;
  /** Its name. */
  name?: string;
  /** Why not. */
  error: Fault;
}
