// Generated from schema/operations/volume-import.schema.json by `npm run generate`; not to be edited.

import type { VolumeName } from './volume-many.ts';

/** Makes a volume of a tar. */
export type VolumeImport = VolumeImportRequest | VolumeImportResult;

/** Where from, and what it is called. */
export interface VolumeImportRequest {
  /** A tar, compressed or not, a directory, or `-` for standard input. */
  source: string;
  name: VolumeName;
  /** Text of the user's own, kept with the volume. */
  labels?: {
    [name: string]: string;
  };
}

/** `sc volume import`. */
export interface VolumeImportResult {
  name: VolumeName;
  /** The directory of this host that it is. */
  path: string;
}
