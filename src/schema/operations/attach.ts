// Generated from schema/operations/attach.schema.json by `npm run generate`; not to be edited.

import type { ExitStatus } from '../container-state.ts';
import type { Reference } from './many.ts';

/**
 * Connects the caller's streams with those of a container that runs in the background, until it
 * ends or the caller leaves.
 */
export type Attach = AttachRequest | AttachResult;

/** To which container, and with what. */
export interface AttachRequest {
  container: Reference;
  /** Whether the caller's input goes to it, where its standard input is open. Default: true. */
  stdin?: boolean;
  /**
   * Whether its standard input ends with the caller's. Without it that of a Job does, as `sc run
   * -i` makes one, and that of a Container does not.
   */
  closeStdin?: boolean;
  /** Keys that leave it, in place of its own; empty is none. Only with a terminal on both sides. */
  detachKeys?: string;
  /** Whether signals to the caller go to it. With a terminal they never do. Default: true. */
  signals?: boolean;
  /**
   * What it has written since comes first: RFC 3339 with its zone, seconds since 1970, or a
   * duration before now. Without it and `tail` only what it writes from now on.
   */
  since?: string;
  /** So many last lines that it has written come first; -1 is all. */
  tail?: number;
  /**
   * Whether both of its streams go to the caller's stdout, each piece in a frame: the stream (1 or
   * 2), three bytes 0, its length as 32 bits big-endian, its bytes. Never with a terminal. Default:
   * false.
   */
  frames?: boolean;
}

/**
 * `sc attach` and `sc start --attach`. Without `exit` the container lives on: the caller has left
 * it, by its keys or because nobody read on.
 */
export interface AttachResult {
  /** Its ID, 64 hex digits. */
  id: string;
  /** Its name. */
  name: string;
  /** How it has ended. */
  exit?: ExitStatus;
  /** The signal by which the caller has left. */
  interrupted?: string;
}
