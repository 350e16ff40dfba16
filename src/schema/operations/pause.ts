// Generated from schema/operations/pause.schema.json by `npm run generate`; not to be edited.

import type { Many, ManyRequest } from './many.ts';

/**
 * Makes all processes of containers stand still. They keep their memory and files, and take no
 * processor time.
 */
export type Pause = PauseRequest | PauseResult;

/** What is to stand still. */
export type PauseRequest = ManyRequest;

/** `sc pause`. */
export type PauseResult = Many;
