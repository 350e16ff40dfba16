// Generated from schema/operations/logs.schema.json by `npm run generate`; not to be edited.

import type { Reference } from './many.ts';

/** Reads what a container has written to its standard output and standard error. */
export type Logs = LogsRequest | LogsResult;

/**
 * Of which container, and what of it. A line belongs to the time at which its first byte was
 * taken.
 */
export interface LogsRequest {
  container: Reference;
  /**
   * Whether to go on with what is written from now on, until the container has stopped. Without it
   * what is there now is all.
   */
  follow?: boolean;
  /** No line from before. Without it all that is kept. */
  since?: LogTime;
  /** No line from after. */
  until?: LogTime;
  /** How many lines at most, the last ones, counted over both streams. Without it all of them. */
  tail?: number;
  /** Only what was written to this one. Without it both. */
  stream?: LogStream;
}

/** A time: RFC 3339 with its zone, seconds since 1970, or a duration before now. */
export type LogTime = string;

/** Where a container writes to. With a terminal all is `stdout`. */
export type LogStream = 'stdout' | 'stderr';

/** `sc logs`: an object a line for each record, as long as there are some. */
export type LogsResult = LogRecord;

/**
 * A line that a container has written, with its newline; a line of more than 16 KiB is several.
 * One without a newline at its end goes on with the next of its stream, unless the container
 * wrote no more before it ended.
 */
export interface LogRecord {
  /** The text. */
  log?: string;
  /** The bytes in base64, where they are not UTF-8. */
  logBase64?: string;
  stream: LogStream;
  /**
   * When its first byte was taken: RFC 3339, UTC, to the nanosecond. It does not decrease from one
   * record of a stream to the next.
   */
  time: string;
}
