import { DEEPEST } from '../../linux/directory.ts';

/** What one layer may ask for at most, so that a small file does not fill a disk or a memory. */
export interface LayerLimits {
  /** Of the tar without compression. Holes of sparse files take nothing, and are not counted. */
  bytes: number;
  entries: number;
  /** Names in a path, links of it followed. */
  depth: number;
  /** Bytes of a path, links of it followed. The kernel's own bound is PATH_MAX with a NUL at the end. */
  pathLength: number;
}

export const layerLimits: LayerLimits = {
  bytes: 64 * 1024 ** 3,
  entries: 4_000_000,
  // What is deeper could be unpacked, and not be compared, copied or packed again.
  depth: DEEPEST,
  pathLength: 4095,
};
