// Generated from schema/operations/volume-prune.schema.json by `npm run generate`; not to be edited.

import type { VolumeName } from './volume-many.ts';

/** Removes volumes that no container mounts. */
export type VolumePrune = VolumePruneRequest | VolumePruneResult;

/** Which. */
export interface VolumePruneRequest {
  /** Whether those too that have a name. Default: false. */
  all?: boolean;
}

/** `sc volume prune`. */
export interface VolumePruneResult {
  /** Those that are gone. */
  volumes: VolumeName[];
  /** Bytes of the disk that they took. */
  reclaimed: number;
}
