// Generated from schema/operations/image-import.schema.json by `npm run generate`; not to be edited.

import type { LoadedImages } from './image-many.ts';

/** Makes an image of a root filesystem. */
export type ImageImport = ImageImportRequest | ImageImportResult;

/** What it is made of, and how its containers start. */
export interface ImageImportRequest {
  /** A tar, compressed or not, a directory, or `-` for a tar from the caller's stdin. */
  source: string;
  /** Its name. Without it, it is known by its ID alone. */
  name?: string;
  /** How its containers start, in docker's words. */
  changes?: string[];
  /** What its history says of it. */
  message?: string;
  /** What it is for, in place of this machine. */
  platform?: string;
  /** When it was made (RFC 3339); without it 1970, so that the same tar gives the same image. */
  created?: string;
}

/** `sc image import`. */
export type ImageImportResult = LoadedImages;
