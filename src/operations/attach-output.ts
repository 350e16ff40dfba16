import { encodeFrame } from '../logging/frames.ts';
import { logStreams } from '../logging/layout.ts';
import type { LogChunk } from '../logging/log-cursor.ts';
import { type ChunkOptions, type Follow, type LogEnd, readChunks } from '../logging/read-chunks.ts';
import type { Caller } from './caller.ts';
import { isTaken, writeAll } from './write-all.ts';

const streams = [logStreams.stdout, logStreams.stderr];

export interface RunOutput {
  /** Of the log. */
  directory: string;
  /** Where it ended when one came; undefined where there was none. */
  from: LogEnd | undefined;
  /** What is wanted of before, if it is. */
  replay: Pick<ChunkOptions, 'tail' | 'since'> | undefined;
  /** Whether the run begins behind that place. */
  isToStart: boolean;
  follow: Follow;
  abort: AbortSignal;
  onTrouble: NonNullable<ChunkOptions['onTrouble']>;
}

/** What one run of a container writes, to its end. What a later run writes is not of it. */
async function* readRun(run: RunOutput): AsyncGenerator<LogChunk[]> {
  const { directory, from, replay, isToStart, follow, abort, onTrouble } = run;
  const common = { streams, abort, onTrouble };
  if (replay !== undefined && from !== undefined)
    yield* readChunks(directory, { ...common, ...replay, to: from });
  let starts = isToStart ? 1 : 0;
  for await (const chunks of readChunks(directory, { ...common, ...(from && { from }), follow })) {
    for (const [index, chunk] of chunks.entries()) {
      if (!isStart(chunk)) continue;
      starts -= 1;
      if (starts >= 0) continue;
      yield chunks.slice(0, index);
      return;
    }
    yield chunks;
  }
}

/** A mark without a time is of what was lost (readChunks). */
function isStart({ stream, time }: LogChunk): boolean {
  return stream === logStreams.mark && time > 0n;
}

/**
 * Writes it to the streams of the caller, or as frames to its stdout alone. Answers whether that is all of the run,
 * which has ended: not so where the caller has left, or reads no more.
 */
export async function copyRun(run: RunOutput, caller: Caller, asFrames: boolean): Promise<boolean> {
  for await (const chunks of readRun(run)) {
    for (const { descriptor, bytes } of asFrames ? framed(chunks, caller) : sorted(chunks, caller))
      if (!(await isTaken(writeAll(descriptor, bytes)))) return false;
  }
  return !run.abort.aborted;
}

interface Write {
  descriptor: number;
  bytes: Uint8Array;
}

function framed(chunks: readonly LogChunk[], { stdout: { descriptor } }: Caller): Write[] {
  const frames = chunks.filter(({ bytes }) => bytes.length > 0).map(encodeFrame);
  return [{ descriptor, bytes: Buffer.concat(frames) }];
}

/** What goes to one place one after another is written at once. */
function sorted(chunks: readonly LogChunk[], { stdout, stderr }: Caller): Write[] {
  const writes: { descriptor: number; parts: Buffer[] }[] = [];
  for (const { stream, bytes } of chunks) {
    const { descriptor } = stream === logStreams.stderr ? stderr : stdout;
    const last = writes.at(-1);
    if (last?.descriptor === descriptor) last.parts.push(bytes);
    else writes.push({ descriptor, parts: [bytes] });
  }
  return writes.map(({ descriptor, parts }) => ({ descriptor, bytes: Buffer.concat(parts) }));
}
