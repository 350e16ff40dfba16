// Generated from schema/image/manifest.schema.json by `npm run generate`; not to be edited.

import type { Annotations, Descriptor } from './descriptor.ts';

/**
 * An image manifest: the config of an image for one platform, and its layers. Docker's of version
 * 2 has the same form.
 */
export interface Manifest {
  /** The version of the form. */
  schemaVersion: 2;
  /** What it is; where it stands, what refers to it says the same. */
  mediaType?: string;
  /** The config, whose digest is the image's ID. */
  config: Descriptor;
  /** The layers, lowest first: as many as the config has diffIDs. */
  layers: Descriptor[];
  annotations?: Annotations;
  [name: string]: unknown;
}
