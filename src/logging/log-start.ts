import { setImmediate } from 'node:timers/promises';
import { logStreams } from './layout.ts';
import type { LogChain } from './log-chain.ts';
import type { LogPair, NumberedEntry } from './log-pair.ts';

/** A place between two bytes of the log: in a pair, before a byte of an entry. */
export interface Place {
  key: string;
  entry: number;
  offset: number;
}

/** Where to begin, for each stream; one that is not there begins with the first. */
export interface Start {
  first: Place;
  streams: ReadonlyMap<number, Place>;
}

/** Entries and bytes of data that are looked at together. */
const BLOCK_ENTRIES = 512;
const BLOCK_BYTES = 65_536;

const NEWLINE = 0x0a;

/** The place behind all that was written until a time, or until now; undefined without a log. */
export async function endOf(chain: LogChain, until?: bigint): Promise<Place | undefined> {
  if (until !== undefined) return placeOf(chain, until + 1n);
  const pair = await chain.newest();
  if (pair === undefined) return undefined;
  const place = { key: pair.key, entry: pair.count(), offset: 0 };
  pair.close();
  return place;
}

/**
 * Where the lines begin that go on after a time: a record of theirs may be begun after it, and where that is
 * depends on where its line begins, however long that is.
 */
export async function startSince(
  chain: LogChain,
  time: bigint,
  streams: readonly number[],
): Promise<Start | undefined> {
  const bound = await placeOf(chain, time);
  if (bound === undefined) return undefined;
  const search = new Search(bound, streams);
  await eachBackward(chain, bound, search, (pair, entry, room) => {
    if (entry.stream === logStreams.mark) return search.endAll();
    for (const { offset, bytes } of blocksBackward(pair, entry, room)) {
      if (!search.wants(entry.stream)) return;
      const newline = bytes.lastIndexOf(NEWLINE);
      const begin = offset + newline + 1;
      // A line that ends with the chunk does not go on.
      if (begin < entry.length)
        search.begin(entry.stream, { key: pair.key, entry: entry.number, offset: begin });
      if (newline !== -1) search.end(entry.stream);
    }
  });
  return search;
}

/**
 * Where the last lines before a place begin. They are counted over all streams by their ends; what stands
 * behind the last newline of a stream is a line too.
 */
export async function startOfTail(
  chain: LogChain,
  lines: number,
  bound: Place,
  streams: readonly number[],
): Promise<Start> {
  const search = new Search(bound, streams);
  /** Streams of which the byte before ends a line, whatever it is. */
  const atEnd = new Set(streams);
  let counted = 0;
  const count = (stream: number) => {
    if (counted === lines) search.end(stream);
    else counted += 1;
    // Nothing of a stream is wanted that has no line among those that were counted.
    if (counted === lines) for (const other of atEnd) search.end(other);
  };
  if (lines === 0) search.endAll();
  await eachBackward(chain, bound, search, (pair, entry, room) => {
    if (entry.stream === logStreams.mark) {
      for (const stream of streams) atEnd.add(stream);
      if (counted === lines) search.endAll();
      return;
    }
    for (const { offset, bytes } of blocksBackward(pair, entry, room)) {
      if (!search.wants(entry.stream)) return;
      let before = bytes.length;
      if (atEnd.delete(entry.stream)) {
        count(entry.stream);
        before -= 1;
      }
      while (search.wants(entry.stream)) {
        const newline = before === 0 ? -1 : bytes.lastIndexOf(NEWLINE, before - 1);
        search.begin(entry.stream, { key: pair.key, entry: entry.number, offset: offset + newline + 1 });
        if (newline === -1) break;
        count(entry.stream);
        before = newline;
      }
    }
  });
  return search;
}

/** What was found for each stream until now, from the end of the log to its beginning. */
class Search implements Start {
  first: Place;
  readonly streams = new Map<number, Place>();
  readonly #wanted: Set<number>;

  constructor(bound: Place, streams: readonly number[]) {
    this.first = bound;
    for (const stream of streams) this.streams.set(stream, bound);
    this.#wanted = new Set(streams);
  }

  get isOver(): boolean {
    return this.#wanted.size === 0;
  }

  wants(stream: number): boolean {
    return this.#wanted.has(stream);
  }

  begin(stream: number, place: Place): void {
    this.streams.set(stream, place);
    this.first = place;
  }

  end(stream: number): void {
    this.#wanted.delete(stream);
  }

  endAll(): void {
    this.#wanted.clear();
  }
}

/** The place of the first entry that is not before a time. */
async function placeOf(chain: LogChain, time: bigint): Promise<Place | undefined> {
  let pair = await chain.newest();
  if (pair === undefined) return undefined;
  for (;;) {
    const place: Place = { key: pair.key, entry: pair.firstSince(time), offset: 0 };
    const older: LogPair | 'lost' | undefined = place.entry === 0 ? await chain.olderThan(pair) : undefined;
    pair.close();
    if (older === undefined || older === 'lost') return place;
    pair = older;
  }
}

/** Looks at the entries before a place, the last one first, until a search is over or the log begins. */
async function eachBackward(
  chain: LogChain,
  bound: Place,
  search: Search,
  look: (pair: LogPair, entry: NumberedEntry, room: Buffer) => void,
): Promise<void> {
  // One for all: what nobody needs any more is freed between two turns, and a log is larger than the memory.
  const room = Buffer.allocUnsafe(BLOCK_BYTES);
  let pair = await chain.find(bound.key);
  for (let end = bound.entry; pair !== undefined; ) {
    for (; end > 0 && !search.isOver; end -= BLOCK_ENTRIES) {
      const start = Math.max(0, end - BLOCK_ENTRIES);
      for (const entry of pair.entries(start, end - start).sound.reverse()) {
        if (!search.isOver) look(pair, entry, room);
      }
      // Signals have their turn too.
      await setImmediate();
    }
    const older: LogPair | 'lost' | undefined = search.isOver ? undefined : await chain.olderThan(pair);
    pair.close();
    if (older === undefined || older === 'lost') return;
    pair = older;
    end = pair.count();
  }
}

/** The bytes of an entry's chunk with their offsets in it, the last ones first; each until the next is read. */
function* blocksBackward(pair: LogPair, { end, length }: NumberedEntry, room: Buffer) {
  for (let behind = length; behind > 0; behind -= room.length) {
    const offset = Math.max(0, behind - room.length);
    yield { offset, bytes: pair.read(end - length + offset, room.subarray(0, behind - offset)) };
  }
}
