/*
 *   containers/<id>/log/data     what the container has written: the chunks of both streams, one behind another
 *   containers/<id>/log/index    an entry of 32 bytes for each chunk: when, of which stream, where it ends
 *   data.1, index.1              the pair before, and so on: the higher the number, the older
 *
 * The keeper writes a chunk, then its entry: what has no entry is not there yet. A pair that is full is renamed,
 * the oldest first, `data` before `index` each, and a new one is begun. So where `index.1` is there and `data.1`
 * is not, the keeper is between the two renames (or was killed there), and the data of that index is `data.2`.
 */

/** Name of the log in the container's directory. */
export const LOG_DIRECTORY = 'log';

/** Of an entry, in bytes. All numbers are little-endian. */
export const ENTRY_SIZE = 32;
export const entryOffsets = {
  /** u64 each: CLOCK_REALTIME when the chunk was taken, never less than in the entry before. */
  seconds: 0,
  nanoseconds: 8,
  /** u64: where in `data` the chunk ends. */
  end: 16,
  /** u32, in bytes. */
  length: 24,
  /** u32: one of `logStreams`. */
  stream: 28,
} as const;

/**
 * `mark` is no chunk and has no length: the container was started, and a line without an end before it is not
 * continued after it.
 */
export const logStreams = { mark: 0, stdout: 1, stderr: 2 } as const;

/** How many bytes of a pair may be data; the rest is for the index. */
export function dataLimit(maxSize: number): number {
  return Math.floor((maxSize * 4) / 5);
}

/** Name of a file in the log: `data`, `index.1`. */
export function logFileName(kind: 'data' | 'index', number: number): string {
  return number === 0 ? kind : `${kind}.${number}`;
}

/** Number of a file of data; undefined for every other name. */
export function dataNumber(name: string): number | undefined {
  const found = /^data(?:\.([1-9]\d{0,5}))?$/.exec(name);
  return found === null ? undefined : Number(found[1] ?? 0);
}

export interface LogEntry {
  /** Nanoseconds since 1970, UTC. */
  time: bigint;
  end: number;
  length: number;
  stream: number;
}

/** Undefined for what no keeper writes: a log may be torn by a loss of power. */
export function decodeEntry(bytes: Buffer, at: number): LogEntry | undefined {
  const seconds = wholeNumber(bytes, at + entryOffsets.seconds);
  const nanoseconds = wholeNumber(bytes, at + entryOffsets.nanoseconds);
  const end = wholeNumber(bytes, at + entryOffsets.end);
  const length = bytes.readUInt32LE(at + entryOffsets.length);
  const stream = bytes.readUInt32LE(at + entryOffsets.stream);
  const isSound =
    seconds < END_OF_TIME &&
    nanoseconds < Number(SECOND) &&
    end <= Number.MAX_SAFE_INTEGER &&
    length <= end &&
    (stream === logStreams.mark ? length === 0 : stream <= logStreams.stderr);
  return isSound ? { time: BigInt(seconds) * SECOND + BigInt(nanoseconds), end, length, stream } : undefined;
}

const SECOND = 1_000_000_000n;

/** Seconds of the year 10000, which RFC 3339 cannot say. */
const END_OF_TIME = 253_402_300_800;

/** A u64, rounded where it is more than can be counted. */
function wholeNumber(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
}
