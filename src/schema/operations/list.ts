// Generated from schema/operations/list.schema.json by `npm run generate`; not to be edited.

import type { ContainerState } from '../container-state.ts';
import type { ErrorCode } from '../fault.ts';

/** Tells which containers there are, as they are now. */
export type List = ListRequest | ListResult;

/** Which of them are wanted. */
export interface ListRequest {
  /** Whether those that have stopped are wanted too. Default: false. */
  all?: boolean;
}

/** `sc ps`. */
export interface ListResult {
  /** The records of the containers, oldest first. */
  containers: ContainerState[];
  /**
   * Containers whose record cannot be used.
   *
   * Items: One of them.
   */
  broken: {
    /** Its ID, 64 hex digits. */
    id: string;
    code: ErrorCode;
    /** What is wrong with its record. */
    message: string;
  }[];
}
