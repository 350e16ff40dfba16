// Generated from schema/operations/portability.schema.json by `npm run generate`; not to be edited.

import type { BackendName } from '../features.ts';
import type { Installed } from './features.ts';

/** Says which backends run the documents of a container file as they are. */
export type Portability = PortabilityResult;

/** `sc plan --portability`. */
export interface PortabilityResult {
  /** The container file, as it was named. */
  file: string;
  /** The backends that are known. */
  backends: KnownBackend[];
  /** The documents, in the order of the file. */
  documents: PortableDocument[];
}

/** A backend. */
export interface KnownBackend {
  backend: BackendName;
  installed: Installed;
}

/** A document, and what each backend makes of it. */
export interface PortableDocument {
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** What each backend makes of it. */
  backends: DocumentPortability[];
}

/** What a backend makes of a document. */
export interface DocumentPortability {
  backend: BackendName;
  /** Whether it runs the document as it is, on a host that has all that it asks for. */
  runs: boolean;
  /** The fields that it cannot honour. */
  refused: RefusedField[];
}

/** A field that a backend cannot honour. */
export interface RefusedField {
  /** Path in the document. */
  path: string;
  /** Line in the file, from 1. */
  line: number;
  /** Column in the line, in characters from 1. */
  column: number;
  /** What is there, in words. */
  found: string;
  /** Why it cannot be honoured. */
  reason: string;
  /** What the backend could honour there. */
  expected?: string;
}
