// Generated from schema/volume-record.schema.json by `npm run generate`; not to be edited.

import type { VolumeSpec } from './volume-spec.ts';

/** What is known of a volume, as its record has it. */
export interface VolumeRecord {
  /** The version of the form of this record. */
  version: 1;
  /** When it was made, RFC 3339 in UTC. */
  createdAt: string;
  spec: VolumeSpec;
  /** Absolute path of the container file whose application has made it. Not there where none has. */
  file?: string;
  /**
   * Whether a container has ever mounted it, or something was put into it: from then on it never
   * begins with what an image has.
   */
  isUsed: boolean;
  /** What it has begun with. */
  filledFrom?: {
    /** Name of the container that mounted it first. */
    container: string;
    /** Image of that container, as it was named. */
    image?: string;
    /** The directory in it. */
    path: string;
  };
}
