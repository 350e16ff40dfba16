import type { Descriptor, Platform } from '../../schema/image/descriptor.ts';
import type { Image } from '../content/image.ts';
import type { Admission } from '../content/store.ts';

export interface LoadOptions {
  /** Of several images of the source, that of this name. */
  reference?: string;
  /** Names for what is loaded in place of its own; only for one image. */
  name?: string;
  /** Whether nobody asks for its own names: they only tell which image is meant. */
  ignoreNames?: boolean;
  /** In place of this machine's. */
  platform?: Platform;
  /** Whether images for several platforms are kept for all of them. */
  allPlatforms?: boolean;
}

/** What has come of one image of the source. */
export interface Loaded {
  names: string[];
  /** What the names refer to: an image manifest, or an index with all platforms. */
  target: Descriptor;
  /** One for each platform that is kept. */
  images: Image[];
}

/** The entries of the store that loaded images become. */
export function entriesOf(loaded: readonly Loaded[]): Admission[] {
  return loaded.flatMap(({ names, target }): Admission[] =>
    names.length === 0 ? [{ name: undefined, target }] : names.map((name) => ({ name, target })),
  );
}
