// Generated from schema/operations/volume-create.schema.json by `npm run generate`; not to be edited.

import type { VolumeName } from './volume-many.ts';

/** Makes a volume. */
export type VolumeCreate = VolumeCreateRequest | VolumeCreateResult;

/** What it is to be. */
export interface VolumeCreateRequest {
  /** Without it the volume is anonymous, and gets 64 hex digits. */
  name?: VolumeName;
  /** Text of the user's own, kept with the volume. */
  labels?: {
    [name: string]: string;
  };
  /** User and group of its top directory, in numbers or `root`. */
  owner?: string;
  /** Permissions of its top directory, in octal. */
  mode?: string;
}

/** `sc volume create`. */
export interface VolumeCreateResult {
  name: VolumeName;
  /** The directory of this host that it is. */
  path: string;
}
