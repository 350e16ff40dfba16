// Generated from schema/operations/volume-remove.schema.json by `npm run generate`; not to be edited.

import type { VolumeName, Volumes } from './volume-many.ts';

/** Removes volumes and what is in them. */
export type VolumeRemove = VolumeRemoveRequest | VolumeRemoveResult;

/** Which. */
export interface VolumeRemoveRequest {
  /** Their names. */
  volumes: VolumeName[];
}

/** `sc volume remove`: each is tried, also where another fails. */
export type VolumeRemoveResult = Volumes;
