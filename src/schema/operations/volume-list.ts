// Generated from schema/operations/volume-list.schema.json by `npm run generate`; not to be edited.

import type { FailedReference } from './many.ts';
import type { ListedVolume } from './volume-many.ts';

/** Lists volumes. */
export type VolumeList = VolumeListRequest | VolumeListResult;

/** Which of them. */
export interface VolumeListRequest {
  /** Parts of names; those volumes that have one of them. */
  names?: string[];
  /** `KEY` or `KEY=VALUE`, all of which have to be there. */
  labels?: string[];
  /** Whether only those that no container mounts, or with false only those that one does. */
  dangling?: boolean;
}

/** `sc volume list`, by their names. */
export interface VolumeListResult {
  /** The volumes. */
  volumes: ListedVolume[];
  /** Those whose record cannot be read. */
  broken: FailedReference[];
}
