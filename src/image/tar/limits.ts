/** What a tar may ask of its reader at most, so that a small one does not take all of the memory. */
export interface TarLimits {
  /** Headers of all kinds. */
  headers: number;
  /** Bytes of one extended header, and of all global ones together. */
  extended: number;
  /** Pieces of content of one sparse file. */
  regions: number;
}

/** The kernel has no more than 64 KiB of extended attributes in a file of ext4, and 4 KiB of a path. */
export const tarLimits: TarLimits = { headers: 10_000_000, extended: 1024 * 1024, regions: 100_000 };
