// Generated from schema/operations/image-export.schema.json by `npm run generate`; not to be edited.

/** Writes a root filesystem into one flat tar. */
export type ImageExport = ImageExportRequest | ImageExportResult;

/** Whose, and where to. */
export interface ImageExportRequest {
  /** A container, or an image: a container goes first where both have the name. */
  from: string;
  /** The file, or `-` for the caller's stdout. */
  output: string;
  /** How it is compressed. Default: none. */
  compress?: 'none' | 'gzip' | 'zstd';
}

/** `sc image export`. */
export interface ImageExportResult {
  /** What was written: an absolute path, or `-`. */
  path: string;
  /** Bytes of it. */
  bytes: number;
}
