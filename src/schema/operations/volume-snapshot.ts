// Generated from schema/operations/volume-snapshot.schema.json by `npm run generate`; not to be edited.

import type { VolumeName } from './volume-many.ts';

/** Keeps what a volume holds, has it hold that again, or removes what was kept. */
export type VolumeSnapshot = VolumeSnapshotRequest | VolumeSnapshotResult;

/** Which volume, and which snapshot. */
export interface VolumeSnapshotRequest {
  volume: VolumeName;
  /**
   * Name of a snapshot of the volume. For a new one it may be left out: then it is the time, as
   * `20240501T120000.123Z`.
   */
  snapshot?: string;
}

/** `sc volume snapshot` and `sc volume restore`. */
export interface VolumeSnapshotResult {
  volume: VolumeName;
  /** Name of a snapshot of the volume. */
  snapshot: string;
}
