/** What an entry is, by its typeflag (pax(1), "ustar Interchange Format"). */
export type EntryType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo';

/**
 * What one entry of a tar says, its extended records applied. Names are bytes, for no encoding is promised, and
 * nothing here is checked but that it could be read: who unpacks trusts none of it.
 */
export interface TarEntry {
  path: Buffer;
  type: EntryType;
  /** Of chmod(2), twelve bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Nanoseconds since 1970. */
  mtime: bigint;
  /** Bytes of a file, holes included; 0 of all others. */
  size: number;
  /** What a hardlink or symlink leads to; empty of all others. */
  link: Buffer;
  /** Numbers of a device; 0 of all others. */
  deviceMajor: number;
  deviceMinor: number;
  /** By whole names such as `security.capability`. */
  xattrs: ReadonlyMap<string, Buffer>;
}

/** Where a reader of tar hands what it reads, in the order of the tar. */
export interface TarSink {
  entry(entry: TarEntry): void;
  /** Content of the last entry, at an offset of its file. What lies between is a hole. Valid during the call. */
  data(bytes: Buffer, offset: number): void;
  /** All of the last entry has been handed over. */
  end(): void;
}
