// Generated from schema/protocol.schema.json by `npm run generate`; not to be edited.

import type { Fault } from './fault.ts';

/**
 * What is said on the monitor's socket: one JSON object a line, in UTF-8; a call of at most 1
 * MiB, a reply of at most 16 MiB. The monitor greets; then each call gets its reply, in any
 * order.
 */
export type Protocol = Greeting | Call | Reply;

/** Who is there, and what it speaks. */
export interface Greeting {
  /** Version of these messages. A client of another version does not go on. */
  protocol: number;
  /** Version of sc that the monitor is. A newer sc replaces it. */
  release: string;
  /** Number of its process. */
  pid: number;
}

/** An operation is asked for. */
export interface Call {
  /** The client's own number of the call, by which it knows the reply. */
  id: number;
  /**
   * `ping` answers at once; `adopt` has the monitor take up what nobody tends; `leave` lets the
   * monitor end, whose containers live on, so that another can follow; the others are those of
   * `operations/`.
   */
  operation: string;
  /** In the form of the operation's request. */
  request: {
    [name: string]: unknown;
  };
}

/** What came of a call: either a result or an error. Or that no more calls are taken. */
export interface Reply {
  /** Number of the call; null for a line that was none, and where the monitor speaks of itself. */
  id: number | null;
  /** In the form of the operation's result. */
  result?: {
    [name: string]: unknown;
  };
  /** What went wrong. */
  error?: Fault;
  /**
   * The monitor ends. Calls that have no reply when it hangs up were not begun, or take longer than
   * it waits (10 s), and are for the next one.
   */
  leaving?: true;
}
