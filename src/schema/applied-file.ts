// Generated from schema/applied-file.schema.json by `npm run generate`; not to be edited.

import type { ResourcesSpec, RestartPolicy } from './container-spec.ts';

/**
 * What is recorded of a container file that was applied: which containers are its own, and what
 * it said of them.
 */
export interface AppliedFile {
  /** Version of the form of this file. */
  version: 1;
  /** Absolute path of the container file. */
  file: string;
  /** Its containers, those that it does not name any more too. */
  containers: AppliedContainer[];
}

/** A container of a file. */
export interface AppliedContainer {
  /** Name of its document. */
  document: string;
  /** The name that it was given. */
  name: string;
  /** ID of the container, 64 hex digits. */
  id: string;
  /** What the file said of what can be changed while it runs. Not there before that was done. */
  applied?: {
    resources: ResourcesSpec;
    restart: RestartPolicy;
    /** Its labels. */
    labels: {
      [name: string]: string;
    };
  };
}
