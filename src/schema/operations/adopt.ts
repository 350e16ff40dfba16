// Generated from schema/operations/adopt.schema.json by `npm run generate`; not to be edited.

import type { Reference } from './many.ts';

/** Makes a container file of a container that is there: applied, it changes nothing. */
export type Adopt = AdoptRequest | AdoptResult;

/** Of which container. */
export interface AdoptRequest {
  container: Reference;
}

/** `sc adopt`. */
export interface AdoptResult {
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Its name. */
  name: string;
  /** The container file. */
  text: string;
}
