// Generated from schema/operations/top.schema.json by `npm run generate`; not to be edited.

import type { Reference } from './many.ts';

/** Lists the processes of a container. No program of its image is run for that. */
export type Top = TopRequest | TopResult;

/** Of which container. */
export interface TopRequest {
  container: Reference;
}

/** `sc top`. */
export interface TopResult {
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Its name. */
  name: string;
  /** Those that there were when it was looked at, by their numbers. */
  processes: ContainerProcess[];
}

/** A process of a container. Numbers are those of the host where nothing else is said. */
export interface ContainerProcess {
  /** Its number. */
  pid: number;
  /** Its number in the container. Not there for one that is on its way in. */
  pidInside?: number;
  /** Number of its parent. */
  parent: number;
  /** Number of the user whose rights it has. */
  uid: number;
  /** The same in the container. Not there for a user that it does not have. */
  uidInside?: number;
  /** The host's name of that user, where it has one. */
  user?: string;
  /** As the kernel has it: R runs, S and D wait, T is stopped, Z has ended, and others. */
  state: string;
  /** When it was started: RFC 3339, UTC, give or take a second. */
  startedAt: string;
  /** Its controlling terminal. Without it there is none. */
  terminal?: string;
  /** Processor time that it has had, in milliseconds. */
  cpuTime: number;
  /** The same of the time since its start, 100 for a whole processor. */
  cpuPercent: number;
  /** What it calls itself, at most 15 bytes. */
  name: string;
  /**
   * Its program and arguments, or what it has written over them; the first 32 KiB. Empty for one
   * that has ended.
   */
  command: string[];
}
