// Generated from schema/operations/many.schema.json by `npm run generate`; not to be edited.

import type { Fault } from '../fault.ts';

/**
 * What `sc delete`, `sc stop` and other operations on many containers answer: each is tried, also
 * where another fails.
 */
export interface Many {
  /** Those with which it was done. */
  containers: ContainerName[];
  failures: FailedReferences;
}

/** What is done with them needs to be told no more than which they are. */
export interface ManyRequest {
  containers: References;
}

/** Containers: names, IDs or beginnings of IDs. */
export type References = string[];

/** A container: its name, its ID or the beginning of its ID. */
export type Reference = string;

/** A container by its ID and its name. */
export interface ContainerName {
  /** Its ID, 64 hex digits. */
  id: string;
  /** Its name. */
  name: string;
}

/** Those with which it could not be done. */
export type FailedReferences = FailedReference[];

/** A container with which it could not be done. */
export interface FailedReference {
  /** As it was named. */
  reference: string;
  /** What went wrong. */
  error: Fault;
}
