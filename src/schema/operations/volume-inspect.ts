// Generated from schema/operations/volume-inspect.schema.json by `npm run generate`; not to be edited.

import type { VolumeRecord } from '../volume-record.ts';
import type { VolumeName, VolumeUser } from './volume-many.ts';

/** Tells all that is known of a volume. */
export type VolumeInspect = VolumeInspectRequest | VolumeInspectResult;

/** Which. */
export interface VolumeInspectRequest {
  volume: VolumeName;
}

/** `sc volume inspect`. */
export interface VolumeInspectResult {
  record: VolumeRecord;
  /** The directory of this host that it is. */
  path: string;
  /** What is in it. */
  usage: {
    /** On the disk. */
    bytes: number;
    /** Files, directories and whatever else has an inode, but for the top directory. */
    files: number;
  };
  /** Those that mount it, running or not. */
  containers: VolumeUser[];
  /**
   * Its snapshots, oldest first.
   *
   * Items: What it was at a time.
   */
  snapshots: {
    /** Name of a snapshot of the volume. */
    name: string;
    /** When it was taken, RFC 3339 in UTC. */
    createdAt: string;
  }[];
}
