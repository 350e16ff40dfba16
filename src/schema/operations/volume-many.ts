// Generated from schema/operations/volume-many.schema.json by `npm run generate`; not to be edited.

import type { FailedReference } from './many.ts';

/** Volumes as commands name and answer them. */
export type VolumeMany = Volumes;

/** Name of a volume. */
export type VolumeName = string;

/** A container that mounts a volume. */
export interface VolumeUser {
  /** 64 hex digits. */
  id: string;
  /** Name of the container. */
  name: string;
  /** What it is, as its record says. */
  status: string;
}

/** A volume in a list. */
export interface ListedVolume {
  name: VolumeName;
  /** Whether it was made for one container, without a name of its own. */
  anonymous: boolean;
  /** When it was made, RFC 3339 in UTC. */
  createdAt: string;
  /** The directory of this host that it is. */
  path: string;
  /** Text of the user's own, kept with the volume. */
  labels: {
    [name: string]: string;
  };
  /** Names of the containers that mount it, running or not. */
  containers: string[];
}

export type FailedVolume = FailedReference;

/** Names of volumes with which something was done. */
export interface Volumes {
  /** Those with which it was done. */
  volumes: VolumeName[];
  /** Those with which it could not be done. */
  failures: FailedVolume[];
}
