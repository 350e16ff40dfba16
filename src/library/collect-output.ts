import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { pipe } from '../linux/pipe.ts';
import { Beginning } from '../operations/beginning.ts';
import type { Caller } from '../operations/caller.ts';
import { copyChunks } from '../operations/copy-chunks.ts';
import { type CallerOptions, processCaller } from './process-caller.ts';

/** Bytes of each stream. */
const LIMIT = 1024 * 1024;

/** Who calls, and how much is kept. */
export interface CollectOptions extends Omit<CallerOptions, 'stdout' | 'stderr'> {
  /** Bytes of each stream that are kept; the others are thrown away. Default: 1048576. */
  limit?: number;
}

/** What an operation has answered, and the beginning of what came out of it. */
export interface Collected<Result> {
  result: Result;
  stdout: Buffer;
  stderr: Buffer;
}

/**
 * Calls an operation with a caller whose output is kept in memory, that of a container as well as what sc itself has to
 * say; its standard input is the null device where none is given. Errors are those of the operation.
 */
export async function collectOutput<Result>(
  operation: (caller: Caller) => Promise<Result>,
  { limit = LIMIT, ...options }: CollectOptions = {},
): Promise<Collected<Result>> {
  const nothing = openSync('/dev/null', 'r');
  const over = Promise.withResolvers<void>();
  const [stdout, stderr] = [collect(limit, over.promise), collect(limit, over.promise)];
  const caller = processCaller({ stdin: nothing, ...options, stdout: stdout.end, stderr: stderr.end });
  const [answer] = await Promise.allSettled([operation(caller)]);
  for (const descriptor of [nothing, stdout.end, stderr.end]) closeSync(descriptor);
  over.resolve();
  const [out, err] = await Promise.all([stdout.bytes, stderr.bytes]);
  if (answer.status === 'rejected') throw answer.reason;
  return { result: answer.value, stdout: out, stderr: err };
}

/** A pipe that is read until its end, or until nothing comes any more when all is `over`. */
function collect(limit: number, over: Promise<void>): { end: number; bytes: Promise<Buffer> } {
  const { read, write } = pipe();
  const source = new Socket({ fd: read, readable: true, writable: false });
  const beginning = new Beginning(limit);
  const copied = copyChunks(source, async (chunk) => beginning.add(chunk), over);
  return { end: write, bytes: copied.then(() => beginning.bytes()).finally(() => source.destroy()) };
}
