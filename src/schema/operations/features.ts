// Generated from schema/operations/features.schema.json by `npm run generate`; not to be edited.

import type { BackendName, OperationSupport, Support } from '../features.ts';

/**
 * Says which fields of a container file a backend supports, which of these this host does not
 * have, and what can be done with its containers.
 */
export type Features = FeaturesResult;

/** `sc features`. */
export interface FeaturesResult {
  backend: BackendName;
  installed: Installed;
  /**
   * What it declares, by the path of each field in the schema of the container file, where `[]`
   * stands for any item of a list.
   */
  fields: {
    [name: string]: Support;
  };
  /** What can be done with its containers, by the name of each operation (OperationName). */
  operations: {
    [name: string]: OperationSupport;
  };
  /**
   * What of it this host does not have, as far as that is known before a container is started.
   * Empty for a backend that is not installed.
   */
  lacking: LackingField[];
}

/** Whether the program that it runs containers with is found on this host. */
export type Installed = boolean;

/** A field that this host does not have. */
export interface LackingField {
  /** Path of the field in the schema. */
  path: string;
  /** Why the host does not have it. */
  reason: string;
}
