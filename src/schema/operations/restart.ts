// Generated from schema/operations/restart.schema.json by `npm run generate`; not to be edited.

import type { Many, References } from './many.ts';

/**
 * Ends containers as `stop` does, and starts them; one that does not run is only started. Nobody
 * else meets a container in between.
 */
export type Restart = RestartRequest | RestartResult;

/** What is to be ended and started, and how it is ended. */
export interface RestartRequest {
  containers: References;
  /** Number of the signal that asks them to end. Without it each container's own. */
  signal?: number;
  /** Milliseconds between it and SIGKILL; -1 is for ever. Without it each container's own. */
  timeout?: number;
}

/** `sc restart`. */
export type RestartResult = Many;
