// Generated from schema/operations/explain.schema.json by `npm run generate`; not to be edited.

import type { BackendName, Support } from '../features.ts';

/** Says what the schemas say of a kind of document, of a field, or of the request of an operation. */
export type Explain = ExplainRequest | ExplainResult | ExplainSubjects;

/** Of what. */
export interface ExplainRequest {
  /**
   * A kind or an operation, and the keys below it, joined by dots: those of the items of a list
   * stand directly below it. What begins with neither is a field of a container. Without it all
   * kinds and operations.
   */
  path?: string;
}

/** `sc explain PATH`. */
export interface ExplainResult {
  /** The path as the schema has it, `[]` for any item of a list. */
  path: string;
  /** What a value is, with its unit where it has one. */
  type: string;
  /** What it is for. */
  description: string;
  /** What each item of a list is, or each value of a map whose keys are the user's own. */
  each?: string;
  /** Whether it has to be there, wherever what it is in is. */
  required: boolean;
  /** What holds without it. Not there where nothing does. */
  default?: unknown;
  /**
   * Fixed values: the only ones, where `type` says no other form.
   *
   * Items: One of them.
   */
  values?: unknown[];
  /** The least number. */
  minimum?: number;
  /** The greatest number. */
  maximum?: number;
  /** The form of a text, or of each text of a list: a regular expression. */
  pattern?: string;
  /**
   * What can stand there.
   *
   * Items: An example.
   */
  examples: unknown[];
  /** The keys of a map, or of each item of a list. */
  keys: ExplainedKey[];
  /** What each backend declares of it. Not there for what is no field of a container. */
  backends?: BackendSupport[];
}

/** `sc explain`. */
export interface ExplainSubjects {
  /** With what a path may begin: the kinds of documents, then the operations that have a request. */
  subjects: ExplainedKey[];
}

/** A key, in short. */
export interface ExplainedKey {
  /** Its name. */
  name: string;
  /** What its value is. */
  type: string;
  /** Whether it has to be there. */
  required: boolean;
  /** What it is for. */
  description: string;
  /** What holds without it. Not there where nothing does. */
  default?: unknown;
}

/** How far a backend supports it. */
export interface BackendSupport {
  backend: BackendName;
  support: Support;
}
