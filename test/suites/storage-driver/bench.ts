import type { Differing, Layered, StorageDriver } from '../../../src/storage/driver.ts';

export type TestedDriver = StorageDriver & Differing & Layered;

/** Opens a driver for a store, on a machine with this root directory. */
export type OpenDriver = (store: string, hostRoot: string) => TestedDriver;

/** What the parts of the suite have in common: another for each test. */
export interface StorageBench {
  readonly driver: TestedDriver;
  /** The same, opened anew. */
  reopen(): TestedDriver;
  openAt(store: string): TestedDriver;
  /** Where stores can be made. */
  place(): string;
  /** Mounts a filesystem of a few megabytes, such as the driver works on, until it is removed. */
  smallDisk(place: string): { remove(): void };
  readonly store: string;
  /** A directory that snapshots can be made of. */
  readonly base: string;
  /** The root directory of the machine. */
  readonly host: string;
  /** Writes a file; the path begins with `base` or `host`. */
  write(path: string, text: string, mode?: number): void;
  /** What of the store is there for a key, by any name that holds it. */
  leftOf(key: string): string[];
}
