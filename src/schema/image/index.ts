// Generated from schema/image/index.schema.json by `npm run generate`; not to be edited.

import type { Annotations, Descriptor } from './descriptor.ts';

/**
 * A list of image manifests: of one image for several platforms, or, as `index.json`, of all
 * images of a layout by their names. Docker calls it a manifest list.
 */
export interface Index {
  /** The version of the form. */
  schemaVersion: 2;
  /** What it is; where it stands, what refers to it says the same. */
  mediaType?: string;
  /** What is in the list: image manifests and, of images for several platforms, further indexes. */
  manifests: Descriptor[];
  annotations?: Annotations;
  [name: string]: unknown;
}
