// Generated from schema/operations/stats.schema.json by `npm run generate`; not to be edited.

import type { ContainerStatus } from '../container-state.ts';
import type { References } from './many.ts';

/** What containers take of the machine, looked at once a second. */
export type Stats = StatsRequest | StatsResult;

/** Of which containers. */
export interface StatsRequest {
  /** Without it all that run at the time of each look. */
  containers?: References;
  /** Whether without names those that do not run are told of too. Default: false. */
  all?: boolean;
  /** Whether one answer is enough. It takes two looks. Default: false. */
  once?: boolean;
}

/** `sc stats`: an object a line for each look, from the second one on. */
export interface StatsResult {
  /** When it was looked: RFC 3339, UTC, to the millisecond. */
  time: string;
  /** Of each container; oldest first, or in the order in which they were named. */
  usage: ContainerUsage[];
}

/**
 * What a container takes. What the host does not count is not there, and of one that does not run
 * nothing is.
 */
export interface ContainerUsage {
  /** Its ID, 64 hex digits. */
  id: string;
  /** Its name. */
  name: string;
  status: ContainerStatus;
  /** Time of processors. */
  cpu?: {
    /** Since its start, in milliseconds. */
    time: number;
    /** Since the last look, 100 for a whole processor. Not there at the first one. */
    percent?: number;
  };
  /** Memory, in bytes, without copies of files that were not used for a while. */
  memory?: {
    /** What it has. */
    used: number;
    /** What it may have: its limit, or all of the machine. */
    limit: number;
    /** What it has, of what it may have. */
    percent: number;
  };
  /** Processes and threads. */
  pids?: {
    /** How many there are. */
    count: number;
    /** How many there may be. Not there without a limit. */
    limit?: number;
  };
  /** Bytes from block devices and to them since its start. */
  io?: {
    /** From them. */
    read: number;
    /** To them, or to the page cache for them. */
    written: number;
  };
}
