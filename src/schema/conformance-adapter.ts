// Generated from schema/conformance-adapter.schema.json by `npm run generate`; not to be edited.

/**
 * What the conformance suite and an adapter of a runtime say to one another: a line of JSON for
 * each request on the adapter's standard input, and for each reply on its standard output, in any
 * order.
 */
export type ConformanceAdapter = AdapterRequest | AdapterReply;

/** Something that the suite asks for. */
export interface AdapterRequest {
  id: MessageId;
  /** What is to be done, one of the operations in docs/conformance.md. */
  operation: string;
  /** The request of that operation. */
  request: {
    [name: string]: unknown;
  };
}

/** Number of the request, which its reply has too. */
export type MessageId = number;

/** What came of it. */
export type AdapterReply = Done | Refused;

/** It was done. */
export interface Done {
  id: MessageId;
  /** That it was done. */
  ok: true;
  /** The answer of the operation. */
  value: {
    [name: string]: unknown;
  };
}

/** It was not done. */
export interface Refused {
  id: MessageId;
  /** That it was not done. */
  ok: false;
  error: AdapterError;
}

/** Why it was not done. */
export interface AdapterError {
  kind: Kind;
  /** What the runtime said. */
  message: string;
  /** Its code in the form of `fault.schema.json`, of runtimes that have such. */
  code?: string;
  /**
   * All that the runtime says of it, in the form of `fault.schema.json`, of runtimes that have
   * such.
   */
  fault?: {
    [name: string]: unknown;
  };
  /** Exit code of the runtime's own program. */
  exitCode?: number;
}

/** What kind of refusal it is; `internal` counts as none that was asked for. */
export type Kind = Mistake | Lack;

/** Who asked is to ask otherwise. */
export type Mistake = 'invalid' | 'not-found' | 'exists' | 'wrong-state';

/** The runtime or the machine lacks something. */
export type Lack = 'unsupported' | 'denied' | 'resource' | 'internal';

/**
 * What an adapter answers to `describe`: what its runtime is, and all that it can do. What is not
 * declared here is not asked for.
 */
export interface AdapterDescription {
  /** Name of the runtime. */
  name: string;
  /** Version of the runtime. */
  version: string;
  /** Operations that it takes, beside those that every adapter has. */
  operations: string[];
  /**
   * Fields of containers that can be said to it, by their paths in the schema with all below, where
   * `[]` stands for any item of a list; with `=REGEX` behind it only values of that form; `*` is
   * all. A case with another is not applicable.
   */
  fields: string[];
  /**
   * Fields, operations and features that could be said to it, and that it does not have; of a field
   * with `=REGEX` behind it only values of that form. A case with one of them is unsupported.
   */
  unsupported?: string[];
  /** What it has beside fields and operations, in the words that cases have for it. */
  features?: string[];
  /** Its command line, for the feature `command-line`: program and first arguments. */
  command?: string[];
}

/** How a program ended. */
export interface AdapterExit {
  /** Exit code, 128 and the number of the signal where one ended it; null where nobody can know. */
  code: number | null;
  /** Name of the signal, where the runtime tells it. */
  signal?: string;
  /** Why it ended, where the runtime tells it. */
  cause?: string;
}
