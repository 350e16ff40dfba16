/** What a container's root filesystem stands on. */
export type Base = { kind: 'host' } | { kind: 'directory'; path: string };

/** One mount of a root filesystem, in the order of mounting. Paths of the host are absolute. */
export type MountInstruction =
  | {
      type: 'overlay';
      /** Path inside the container, `/` first. */
      target: string;
      /** Topmost first. */
      lower: string[];
      upper: string;
      work: string;
    }
  | { type: 'bind'; target: string; source: string; readOnly: boolean };

/**
 * A prepared root filesystem: instructions, not a mounted directory, so that a backend can mount it
 * inside the container's own mount namespace and nothing can be left on the host.
 */
export interface Rootfs {
  mounts: MountInstruction[];
}

export interface StorageDriver {
  readonly name: string;
  /** Makes the active snapshot `key` on `base`. Throws SC_STORAGE_FAILED and leaves nothing on failure. */
  prepare(key: string, base: Base): Promise<Rootfs>;
  /** The active snapshot `key`, which is there, once more. Throws SC_STORAGE_FAILED where it is not. */
  open(key: string, base: Base): Promise<Rootfs>;
  /** Directories of the host that a snapshot on `base` is mounted from; maybe not all are there yet. */
  directories(base: Base): string[];
  /** Removes the snapshot `key` and all that was written to it; no effect where there is none. */
  remove(key: string): Promise<void>;
  /**
   * Removes what those who died have left half made or half removed; no effect where nothing is. Throws
   * SC_LOCKED while somebody is at it.
   */
  tidy(): Promise<void>;
}

/** An entry that a container has made, changed or taken away. A directory is also changed by what is in it. */
export interface Change {
  /** Inside of the container. */
  path: string;
  kind: 'added' | 'modified' | 'deleted';
  isDirectory: boolean;
  /** Bytes of a regular file, else 0. */
  size: number;
  /** Whether it is a regular file that somebody may execute. */
  isProgram: boolean;
}

export interface Changes {
  /** A directory before what is in it. */
  list: Change[];
  imageHas(path: string): boolean;
  /** Whether there is something in a directory of the image that is no directory, however deep. */
  imageHasFilesIn(path: string): boolean;
}

/** An optional power: a driver that can say what was written. */
export interface Differing {
  /** What the container has done to its root filesystem, as long as its snapshot is there. */
  changes(rootfs: Rootfs): Changes;
}
