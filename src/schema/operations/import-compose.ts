// Generated from schema/operations/import-compose.schema.json by `npm run generate`; not to be edited.

import type { Problem } from '../fault.ts';

/** Makes a container file of a compose file, and names what cannot be carried over. */
export type ImportCompose = ImportComposeRequest | ImportComposeResult;

/** Which file. */
export interface ImportComposeRequest {
  /** The compose file, relative to the working directory of the caller. */
  file: string;
  /** Profiles whose services come over too. */
  profiles?: string[];
  /** Variables that go before those of the environment, where a value has to be known. */
  set?: {
    [name: string]: string;
  };
  /** Whether it is an error that something cannot be carried over. Default: false. */
  strict?: boolean;
}

/** `sc import compose`. */
export interface ImportComposeResult {
  /** The compose file, as it was named. */
  file: string;
  /** What the container file has. */
  documents: ImportedDocument[];
  /** What could not be carried over, or not as it is, with its place in the compose file. */
  notes: Problem[];
  /** The container file. */
  text: string;
}

/** One document. */
export interface ImportedDocument {
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
}
