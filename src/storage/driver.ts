import type { LayerForm, LayerPlace } from '../image/layer/place.ts';

/**
 * What a container's root filesystem stands on: what the machine shows of itself, a directory of it, or the
 * layer of this key with all that are below it.
 */
export type Base = { kind: 'host' } | { kind: 'directory'; path: string } | { kind: 'layers'; key: string };

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

/** What makes root filesystems that containers write to, each a snapshot with a key: the ID of its container. */
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

/** What something takes. */
export interface Usage {
  /** On the disk. What is shared with others is counted in full. */
  bytes: number;
  /** Files, directories and whatever else has an inode. */
  files: number;
}

/** An optional power: a driver that keeps the layers of images, each standing on another or on nothing. */
export interface Layered {
  readonly form: LayerForm;
  hasLayer(key: string): boolean;
  /** Keys of all that are there. */
  layers(): string[];
  /**
   * Directories of the host, of which one covers those behind it, and that together are a layer with all that is below
   * it; in the form `merged` there is one. Throws SC_STORAGE_FAILED where it is not there.
   */
  trees(key: string): string[];
  /**
   * Makes the layer `key` on the layer `parent` or on nothing; `fill` writes its tree. It is there when all of it is
   * on the disk, and else nothing is. No effect where it is there already. Throws what `fill` throws, and
   * SC_STORAGE_FAILED.
   */
  addLayer(
    key: string,
    parent: string | undefined,
    fill: (place: LayerPlace) => Promise<void>,
  ): Promise<void>;
  /** Throws SC_STORAGE_FAILED while a snapshot or another layer stands on it; no effect where there is none. */
  removeLayer(key: string): Promise<void>;
  /** What a snapshot, without what it stands on, or a layer takes. Throws SC_STORAGE_FAILED where it is not there. */
  usage(of: { snapshot: string } | { layer: string }): Promise<Usage>;
}

/**
 * An entry that a container has made, changed or taken away. Changed is one whose type, mode, owner, device number,
 * link text, extended attributes, size, time of change or bytes are others; of a directory size and time do not count.
 */
export interface Change {
  /** Inside of the container: bytes, which need not be UTF-8. */
  path: Buffer;
  kind: 'added' | 'modified' | 'deleted';
  isDirectory: boolean;
  /** Bytes of a regular file, else 0. */
  size: number;
  /** Whether it is a regular file that somebody may execute. */
  isProgram: boolean;
}

/** What a container has done to its root filesystem. */
export interface Changes {
  /**
   * By their bytes, so that a directory stands before what is in it. What was in a directory that is gone is not
   * listed.
   */
  list: Change[];
  /** Directories of the image in which something was made or taken away, changed themselves or not. */
  touched: Buffer[];
  /** Opens (O_PATH) what a path of the list stands for now; no link is followed. The receiver closes it. */
  open(path: Buffer): number;
  imageHas(path: string): boolean;
  /** Whether there is something in a directory of the image that is no directory, however deep. */
  imageHasFilesIn(path: string): boolean;
}

/** An optional power: a driver that can say what was written. */
export interface Differing {
  /**
   * The active snapshot `key` as it was mounted last, only to be looked at: nothing is made for it. Throws
   * SC_STORAGE_FAILED where it is not there.
   */
  look(key: string, base: Base): Rootfs;
  /**
   * What the container has done to its root filesystem, as long as its snapshot is there. `mountPoints`, and what a
   * backend puts into every container, are left out with all that is below.
   */
  changes(rootfs: Rootfs, mountPoints?: readonly string[]): Changes;
}
