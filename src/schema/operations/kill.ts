// Generated from schema/operations/kill.schema.json by `npm run generate`; not to be edited.

import type { Many, References } from './many.ts';

/** Sends a signal to the programs of containers. One that does not run is refused. */
export type Kill = KillRequest | KillResult;

/** Who is to hear what. */
export interface KillRequest {
  containers: References;
  /**
   * Number of the signal. SIGKILL and a container's own stop signal ask for its end: no policy
   * starts it again. Default: 9.
   */
  signal?: number;
}

/** `sc kill`. */
export type KillResult = Many;
