// Generated from schema/operations/image-verify.schema.json by `npm run generate`; not to be edited.

import type { Fault } from '../fault.ts';
import type { ImageReference } from './image-many.ts';

/** Reads all blobs, and finds those that are missing or whose bytes have changed. */
export type ImageVerify = ImageVerifyRequest | ImageVerifyResult;

/** Which images. */
export interface ImageVerifyRequest {
  /** Only these; all without it. */
  images?: ImageReference[];
}

/** `sc image verify`. */
export interface ImageVerifyResult {
  /** How many blobs are needed. */
  blobs: number;
  /** Bytes of those that could be read. */
  bytes: number;
  /** Those that are damaged. */
  damages: Damage[];
}

/** A blob that is not what it should be. */
export interface Damage {
  /** Its digest. */
  blob: string;
  /** Images that need it: names, or the first digits of a digest. */
  images: string[];
  /** What is wrong with it. */
  error: Fault;
}
