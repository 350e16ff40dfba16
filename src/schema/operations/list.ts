// Generated from schema/operations/list.schema.json by `npm run generate`; not to be edited.

import type { ContainerState } from '../container-state.ts';
import type { ErrorCode } from '../fault.ts';

/** Tells which containers there are, as they are now. */
export type List = ListRequest | ListResult;

/** Which of them are wanted. */
export interface ListRequest {
  /**
   * Whether those that have stopped, or were never started, are wanted too. A status or a number of
   * them that is asked for asks for these too. Default: false.
   */
  all?: boolean;
  /** Only so many, of those that are wanted otherwise, which were made last. */
  last?: number;
  /** Only those in whose name one of these is. */
  names?: string[];
  /** Only those whose ID begins with one of these. */
  ids?: string[];
  /** Only those of which one of these is true. */
  statuses?: ListedStatus[];
  /** Only those that are attached to one of these networks. */
  networks?: string[];
  /** Only those that mount one of these volumes, or something at one of these paths. */
  volumes?: string[];
  /** Only those that have all of these labels: a key, or a key and its value. */
  labels?: string[];
}

/**
 * Where a container is in its life; `restarting` has stopped, and its policy is about to start it
 * again.
 */
export type ListedStatus = 'creating' | 'created' | 'running' | 'paused' | 'restarting' | 'stopped';

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
