// Generated from schema/operations/image-many.schema.json by `npm run generate`; not to be edited.

/** What operations on images have in common. */
export type ImageMany = LoadedImages;

/** An image: its name, the end of its name after a slash, its ID, or the beginning of its ID. */
export type ImageReference = string;

/** `sc image load` and `sc image import`: what has come into the store. */
export interface LoadedImages {
  /** One for each image and platform. */
  images: LoadedImage[];
}

/** An image that has come into the store. */
export interface LoadedImage {
  /** Its ID: the digest of its config. */
  id: string;
  /** The names that it has got; none where it is known by its ID alone. */
  names: string[];
  /** What it is for. */
  platform: string;
  /** Whether its layers are unpacked, as those for this machine are. */
  unpacked: boolean;
}
