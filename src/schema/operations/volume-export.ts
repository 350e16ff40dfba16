// Generated from schema/operations/volume-export.schema.json by `npm run generate`; not to be edited.

import type { VolumeName } from './volume-many.ts';

/** Writes what a volume holds into a tar. */
export type VolumeExport = VolumeExportRequest | VolumeExportResult;

/** Which volume, and where to. */
export interface VolumeExportRequest {
  volume: VolumeName;
  /** File to write, or `-` for standard output. */
  output: string;
  /** How it is compressed. Default: none. */
  compress?: 'none' | 'gzip' | 'zstd';
}

/** `sc volume export`. */
export interface VolumeExportResult {
  /** Absolute path of the file, or `-`. */
  path: string;
  /** Size of what was written. */
  bytes: number;
}
