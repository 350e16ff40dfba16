import { logStreams } from './layout.ts';
import type { LogPair, NumberedEntry } from './log-pair.ts';
import type { Place, Start } from './log-start.ts';

/** What a container wrote to one stream at once, or a part of it. */
export interface LogChunk {
  /** One of `logStreams`; a mark has no bytes. */
  stream: number;
  time: bigint;
  bytes: Buffer;
}

/** What is read together at most: entries, and bytes of data. */
const BATCH_ENTRIES = 1024;
const BATCH_BYTES = 262_144;

/** A part of an entry's chunk, in the file of data. */
interface Span {
  entry: NumberedEntry;
  start: number;
  length: number;
}

/** Where a reader is in one pair of the log: it goes forward, a piece of bounded size at a time. */
export class LogCursor {
  readonly pair: LogPair;
  /** The next entry, and how much of it was read. */
  #entry = 0;
  #offset = 0;
  /** Where streams begin of which nothing was wanted until now. */
  readonly #begins: Map<number, Place>;
  readonly #wanted: ReadonlySet<number>;
  #isDamaged = false;

  constructor(pair: LogPair, streams: readonly number[], start?: Start) {
    this.pair = pair;
    this.#wanted = new Set(streams);
    this.#begins = new Map(start?.streams);
    if (start?.first.key === pair.key) this.#entry = start.first.entry;
  }

  /** In the next pair. What has not begun in the one before begins with it, unless it is to begin later. */
  in(pair: LogPair): LogCursor {
    const next = new LogCursor(pair, [...this.#wanted]);
    for (const [stream, place] of this.#begins) {
      if (place.key !== this.pair.key) next.#begins.set(stream, place);
    }
    return next;
  }

  get entry(): number {
    return this.#entry;
  }

  /** Whether something was passed over that is no entry. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** The next chunks, up to the entry `end`; undefined where there are none now. */
  read(end = Number.POSITIVE_INFINITY): LogChunk[] | undefined {
    const { sound, next, damaged } = this.pair.entries(
      this.#entry,
      Math.max(0, Math.min(BATCH_ENTRIES, end - this.#entry)),
    );
    if (next === this.#entry) return undefined;
    this.#isDamaged ||= damaged;
    const spans: Span[] = [];
    let room = BATCH_BYTES;
    for (const entry of sound) {
      if (entry.number > this.#entry) this.#goTo(entry.number);
      const whole = this.#wantedOf(entry);
      if (whole === undefined) continue;
      const length = Math.min(whole.length, room);
      spans.push({ ...whole, length });
      room -= length;
      if (length < whole.length) {
        this.#offset = whole.start + length - (entry.end - entry.length);
        return this.#chunksOf(spans);
      }
    }
    this.#goTo(next);
    return this.#chunksOf(spans);
  }

  #goTo(entry: number): void {
    this.#entry = entry;
    this.#offset = 0;
  }

  #wantedOf(entry: NumberedEntry): Span | undefined {
    const { stream, number, end, length } = entry;
    if (stream === logStreams.mark) return { entry, start: end, length: 0 };
    if (!this.#wanted.has(stream)) return undefined;
    const begin = this.#begins.get(stream);
    let offset = this.#offset;
    if (begin !== undefined) {
      if (begin.key !== this.pair.key || number < begin.entry) return undefined;
      if (number === begin.entry) offset = Math.max(offset, begin.offset);
      else this.#begins.delete(stream);
    }
    return { entry, start: end - length + offset, length: length - offset };
  }

  /** Spans that follow one another in the file are read at once. */
  #chunksOf(spans: readonly Span[]): LogChunk[] {
    const chunks: LogChunk[] = [];
    for (let first = 0; first < spans.length; ) {
      let behind = first;
      const start = spans[first]?.start ?? 0;
      let end = start;
      for (; spans[behind]?.start === end; behind++) end += spans[behind]?.length ?? 0;
      const bytes = this.pair.read(start, Buffer.allocUnsafe(end - start));
      for (const { entry, start: from, length } of spans.slice(first, behind)) {
        const { stream, time } = entry;
        chunks.push({ stream, time, bytes: bytes.subarray(from - start, from - start + length) });
      }
      first = behind;
    }
    return chunks;
  }
}
