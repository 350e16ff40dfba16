import type { Differing, Layered, StorageDriver } from '../../../src/storage/driver.ts';

export type TestedDriver = StorageDriver & Differing & Layered;

/** What the parts of the suite have in common: another for each test. */
export interface StorageBench {
  readonly driver: TestedDriver;
  /** The same, opened anew. */
  reopen(): TestedDriver;
  openAt(store: string): TestedDriver;
  /** Mounts a filesystem of a few megabytes, such as the driver works on, until it is removed. */
  smallDisk(place: string): { remove(): void };
  readonly store: string;
  /** A directory that snapshots can be made of. */
  readonly base: string;
  /** What of the store is there for a key, by any name that holds it. */
  leftOf(key: string): string[];
}
