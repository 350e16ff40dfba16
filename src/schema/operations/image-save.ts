// Generated from schema/operations/image-save.schema.json by `npm run generate`; not to be edited.

import type { ImageReference } from './image-many.ts';

/** Writes images of the store into an archive, or into a directory as an OCI image layout. */
export type ImageSave = ImageSaveRequest | ImageSaveResult;

/** Which images, and how. */
export interface ImageSaveRequest {
  /** The images. */
  images: ImageReference[];
  /** The file; a directory, where it is one or ends with a slash; `-` for the caller's stdout. */
  output: string;
  /**
   * `oci` is an OCI image layout, which keeps all digests; `docker` is what `docker load` has
   * always read. Default: oci.
   */
  format?: 'oci' | 'docker';
  /**
   * How layers of `oci` are compressed anew, which gives them other digests; how the whole archive
   * of `docker` is.
   */
  compress?: 'none' | 'gzip' | 'zstd';
  /** Of images for several platforms only that for this one. */
  platform?: string;
}

/** `sc image save`. */
export interface ImageSaveResult {
  /** What was written: an absolute path, or `-`. */
  path: string;
  /** Its format. */
  format: 'oci' | 'docker';
  /**
   * The images in it.
   *
   * Items: One of them.
   */
  images: {
    /** Its ID, or the digest of its index where it is for several platforms. */
    id: string;
    /** Its names there. */
    names: string[];
  }[];
  /** Bytes of the archive, or of the files in the directory. */
  bytes: number;
}
