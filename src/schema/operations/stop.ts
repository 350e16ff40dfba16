// Generated from schema/operations/stop.schema.json by `npm run generate`; not to be edited.

import type { Many, References } from './many.ts';

/**
 * Ends containers: their stop signal, some time, then SIGKILL. One that has stopped is as it was
 * asked to be.
 */
export type Stop = StopRequest | StopResult;

/** What is to be stopped, and how. */
export interface StopRequest {
  containers: References;
  /** Number of the signal that asks them to end. Without it each container's own. */
  signal?: number;
  /** Milliseconds between it and SIGKILL; -1 is for ever. Without it each container's own. */
  timeout?: number;
}

/** `sc stop`. */
export type StopResult = Many;
