import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { FileChanges } from '../linux/file-changes.ts';
import { logFileName, logStreams } from './layout.ts';
import { LogChain } from './log-chain.ts';
import { type LogChunk, LogCursor } from './log-cursor.ts';
import type { LogPair } from './log-pair.ts';
import { endOf, type Place, type Start, startOfTail, startSince } from './log-start.ts';

/** Of a log that is followed, at most so long in milliseconds until one looks whether it is over. */
const PATIENCE = 200;

export interface Follow {
  /** Whether nothing more will be written. Asked while there is nothing to read. */
  isOver(): boolean | Promise<boolean>;
  /** Paths where something changes when the answer may have changed. */
  watch?: readonly string[];
}

export interface ChunkOptions {
  /** Of `logStreams`, those that are wanted. */
  streams: readonly number[];
  /** Begins where the log ended then, in the files of then. */
  from?: LogEnd;
  /** Ends where the log ended then. */
  to?: LogEnd;
  /** Begins with so many last lines. */
  tail?: number;
  /** Nanoseconds since 1970: begins with what is not before, and the beginning of a line that goes on then. */
  since?: bigint;
  /** Nanoseconds since 1970: the lines of `tail` are the last ones until then. */
  until?: bigint;
  /** Goes on with what is written from now on. Without it what is there now is all. */
  follow?: Follow;
  abort?: AbortSignal;
  /** Hears of what cannot be read: `lost` was rotated away before this reader came to it. */
  onTrouble?: (trouble: 'lost' | 'damaged') => void;
}

/** The place behind all that was in a log once, whose files are held open for who goes on from there. */
export interface LogEnd {
  place: Place;
  pair: LogPair;
}

/** As it is now, for the caller to close; undefined where there is no log yet. */
export async function endOfLog(directory: string): Promise<LogEnd | undefined> {
  const pair = await new LogChain(directory).newest();
  return pair && { pair, place: { key: pair.key, entry: pair.count(), offset: 0 } };
}

/**
 * What a container has written, from the files of its log, several chunks at once. One pair of files is held
 * open, whatever they are called by now; a reader that is slower than the container and its rotation loses what
 * is rotated away, and nobody waits for it. What is lost ends a line, as a mark does.
 */
export async function* readChunks(directory: string, options: ChunkOptions): AsyncGenerator<LogChunk[]> {
  const reader = new ChunkReader(directory, options);
  try {
    yield* reader.read();
  } finally {
    reader.close();
  }
}

class ChunkReader {
  readonly #chain: LogChain;
  readonly #options: ChunkOptions;
  readonly #changes = new FileChanges();
  #cursor: LogCursor | undefined;
  /** The pair behind which there was no other when it was looked for. */
  #newest: string | undefined;
  /** Without `follow`, where the log ended at the beginning. */
  #limit: Place | undefined;

  constructor(directory: string, options: ChunkOptions) {
    this.#chain = new LogChain(directory);
    this.#options = options;
  }

  close(): void {
    this.#cursor?.pair.close();
    this.#cursor = undefined;
    this.#changes.close();
  }

  async *read(): AsyncGenerator<LogChunk[]> {
    const { follow, abort } = this.#options;
    if (follow === undefined) {
      this.#limit = this.#options.to?.place ?? (await endOf(this.#chain));
      if (this.#limit === undefined) return;
    }
    this.#cursor = await this.#start();
    for (let [isOver, isAsked] = [false, false]; !abort?.aborted; ) {
      this.#changes.forget();
      const chunks = await this.#next();
      if (chunks !== undefined) {
        yield chunks;
        // Signals and other readers have their turn too.
        await setImmediate();
        continue;
      }
      if (follow === undefined || isOver) return;
      const index = this.#watch(follow);
      // A container that writes has not ended: it need not be asked for at each line.
      if (!isAsked || [...this.#changes.heard].some((path) => path !== index)) {
        isOver = await follow.isOver();
        isAsked = true;
      }
      if (isOver) continue;
      await this.#changes.wait(PATIENCE, abort);
      if (this.#changes.heard.size === 0) isAsked = false;
    }
  }

  async #start(): Promise<LogCursor | undefined> {
    const { streams, from } = this.#options;
    if (from !== undefined) {
      this.#newest = from.place.key;
      return new LogCursor(from.pair, streams, { first: from.place, streams: new Map() });
    }
    const start = await this.#wantedStart();
    const pair = start && (await this.#chain.find(start.first.key));
    if (pair !== undefined) return new LogCursor(pair, streams, start);
    // All of it, or what was found is rotated away since.
    return this.#oldest();
  }

  async #wantedStart(): Promise<Start | undefined> {
    const { streams, tail, since, until, to } = this.#options;
    const bound = tail === undefined ? undefined : (to?.place ?? (await endOf(this.#chain, until)));
    if (tail !== undefined && bound !== undefined) return startOfTail(this.#chain, tail, bound, streams);
    return since === undefined ? undefined : startSince(this.#chain, since, streams);
  }

  async #oldest(): Promise<LogCursor | undefined> {
    const pair = await this.#chain.oldest();
    return pair && new LogCursor(pair, this.#options.streams);
  }

  /** Undefined where there is nothing now. */
  async #next(): Promise<LogChunk[] | undefined> {
    this.#cursor ??= await this.#oldest();
    for (let cursor = this.#cursor; cursor !== undefined; ) {
      const chunks = this.#readFrom(cursor);
      if (chunks !== undefined || this.#isAtLimit(cursor) || this.#isNewest(cursor)) return chunks;
      const newer = await this.#chain.newerThan(cursor.pair);
      // Its last entries may have been written since it was read, but not since it was renamed.
      const last = this.#readFrom(cursor);
      if (last !== undefined || newer === undefined) {
        if (newer !== 'lost') newer?.close();
        return last;
      }
      if (newer === 'lost') return this.#resume(cursor);
      this.#goTo(cursor.in(newer));
      cursor = this.#cursor;
    }
    return undefined;
  }

  #readFrom(cursor: LogCursor): LogChunk[] | undefined {
    const isLast = cursor.pair.key === this.#limit?.key;
    const wasDamaged = cursor.isDamaged;
    const chunks = cursor.read(isLast ? this.#limit?.entry : undefined);
    if (cursor.isDamaged && !wasDamaged) this.#options.onTrouble?.('damaged');
    return chunks;
  }

  #isNewest({ pair }: LogCursor): boolean {
    if (!this.#chain.isNewest(pair)) return false;
    this.#newest = pair.key;
    return true;
  }

  #isAtLimit({ pair }: LogCursor): boolean {
    return pair.key === this.#limit?.key;
  }

  /** After what was lost, with the oldest that is there. Without any the log itself is gone. */
  async #resume({ pair }: LogCursor): Promise<LogChunk[] | undefined> {
    const isCut = this.#limit !== undefined && !(await this.#has(this.#limit.key));
    const oldest = isCut ? undefined : await this.#oldest();
    if (oldest !== undefined || this.#newest !== pair.key) this.#options.onTrouble?.('lost');
    // There may be a next look, but not at a next loss.
    this.#newest = pair.key;
    if (oldest === undefined) return undefined;
    this.#goTo(oldest);
    return [{ stream: logStreams.mark, time: 0n, bytes: Buffer.alloc(0) }];
  }

  async #has(key: string): Promise<boolean> {
    const pair = await this.#chain.find(key);
    pair?.close();
    return pair !== undefined;
  }

  #goTo(cursor: LogCursor): void {
    this.#cursor?.pair.close();
    this.#cursor = cursor;
  }

  /** Answers the path where the log grows. */
  #watch({ watch = [] }: Follow): string {
    const index = join(this.#chain.directory, logFileName('index', 0));
    for (const path of watch) this.#changes.watch(path);
    if (this.#cursor !== undefined) this.#changes.watch(index, this.#cursor.pair.key);
    return index;
  }
}
