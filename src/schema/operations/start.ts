// Generated from schema/operations/start.schema.json by `npm run generate`; not to be edited.

import type { Many, ManyRequest } from './many.ts';

/**
 * Starts containers that do not run. They are detached, in the care of the monitor; one that runs
 * is as it was asked to be, and one that is paused is refused.
 */
export type Start = StartRequest | StartResult;

/** What is to be started. */
export type StartRequest = ManyRequest;

/** `sc start`. */
export type StartResult = Many;
