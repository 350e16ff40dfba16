// Generated from schema/operations/wait.schema.json by `npm run generate`; not to be edited.

import type { ExitStatus } from '../container-state.ts';
import type { FailedReferences, References } from './many.ts';

/** Waits for what is to become of containers. */
export type Wait = WaitRequest | WaitResult;

/** Which containers, and what is waited for. */
export interface WaitRequest {
  containers: References;
  condition?: Condition;
  /** Milliseconds after which waiting has failed. Without it there is no end. */
  timeout?: number;
}

/**
 * What is waited for; `stopped` is that it has ended and no policy starts it again, `removed`
 * that it is deleted.
 */
export type Condition = 'stopped' | 'running' | 'paused' | 'healthy' | 'removed';

/** `sc wait`. */
export interface WaitResult {
  /** Those with which it has come about. */
  containers: Awaited[];
  failures: FailedReferences;
}

/** A container with which it has come about. */
export interface Awaited {
  /** Its ID, 64 hex digits. */
  id: string;
  /** Its name. */
  name: string;
  /** How it ended, where it has. */
  exit?: ExitStatus;
}
