// Generated from schema/operations/run.schema.json by `npm run generate`; not to be edited.

import type { ContainerName } from './many.ts';

/**
 * Makes a container and starts it, in the care of the monitor. Where it cannot be started nothing
 * of it stays.
 */
export type Run = RunRequest | RunResult;

/** What is to be run. */
export interface RunRequest {
  /**
   * The container: a document of the kind `Container`, in the form of `container-file.schema.json`,
   * where variables stand for themselves. All that is wrong with it is told at once. Without
   * `metadata` its name is 12 digits of its ID.
   */
  document: {
    [name: string]: unknown;
  };
  /** Directory in which its relative paths begin, absolute. Default: /. */
  directory?: string;
  /** Whether it is deleted when it has ended. Default: false. */
  removeOnExit?: boolean;
}

/** `sc run -d`: its program runs. */
export type RunResult = ContainerName;
