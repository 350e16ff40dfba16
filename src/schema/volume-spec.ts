// Generated from schema/volume-spec.schema.json by `npm run generate`; not to be edited.

/** A volume as it is to be. */
export interface VolumeSpec {
  /** Unique among the volumes of this state root; of an anonymous one 64 hex digits. */
  name: string;
  /** Whether it was made for one container, without a name of its own. */
  anonymous: boolean;
  /** Text of the user's own, kept with the volume. */
  labels: {
    [name: string]: string;
  };
  /**
   * Who owns its top directory, whatever an image says. Without it root, or whom the image has it
   * belong to.
   */
  owner?: {
    /** Number of the user. */
    uid: number;
    /** Number of the group. */
    gid: number;
  };
  /**
   * Permission bits of its top directory, as a number: 448 is 0700 in octal. Without it 0755, or
   * what the image has.
   */
  mode?: number;
}
