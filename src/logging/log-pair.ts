import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { decodeEntry, ENTRY_SIZE, type LogEntry } from './layout.ts';

/** An entry with its number in the index, from 0. */
export interface NumberedEntry extends LogEntry {
  number: number;
}

/** What was read of an index: the entries that are sound, and whether there were others among them. */
interface Entries {
  sound: NumberedEntry[];
  /** Number behind the last that was looked at. */
  next: number;
  damaged: boolean;
}

/**
 * A file of data with its index, both held open: it can be read to its end whatever its name is by now, or when
 * it has none any more. Whoever holds one keeps its room on the disk taken, so that a reader holds one at a time.
 */
export class LogPair {
  /** Tells it from every other, also from a later one that has got its inode number. */
  readonly key: string;
  readonly #data: number;
  readonly #index: number;
  #isOpen = true;

  /** Throws ENOENT where one of the two is not there. */
  constructor(data: string, index: string) {
    this.#data = openSync(data, 'r');
    try {
      this.#index = openSync(index, 'r');
    } catch (error) {
      closeSync(this.#data);
      throw error;
    }
    this.key = keyOf(fstatSync(this.#data, { bigint: true }));
  }

  /** A second call has no effect. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#data);
    closeSync(this.#index);
  }

  get indexKey(): string {
    return keyOf(fstatSync(this.#index, { bigint: true }));
  }

  /** How many entries there are; what is left of one that was torn does not count. */
  count(): number {
    return Math.floor(fstatSync(this.#index).size / ENTRY_SIZE);
  }

  /** Entries from a number on, at most so many. One that names data which is not there is none. */
  entries(from: number, most: number): Entries {
    const bytes = Buffer.allocUnsafe(most * ENTRY_SIZE);
    const found = Math.floor(readFully(this.#index, bytes, from * ENTRY_SIZE) / ENTRY_SIZE);
    // After the index, since a chunk is written before its entry.
    const { size } = fstatSync(this.#data);
    const sound: NumberedEntry[] = [];
    for (let at = 0; at < found; at++) {
      const entry = decodeEntry(bytes, at * ENTRY_SIZE);
      if (entry !== undefined && entry.end <= size) sound.push({ ...entry, number: from + at });
    }
    return { sound, next: from + found, damaged: sound.length < found };
  }

  /** Number of the first entry that is not before a time. */
  firstSince(time: bigint): number {
    let [low, high] = [0, this.count()];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const [entry] = this.entries(middle, 1).sound;
      if (entry !== undefined && entry.time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Bytes of the data, as many as `room` has; fewer where it ends before. */
  read(start: number, room: Buffer): Buffer {
    return room.subarray(0, readFully(this.#data, room, start));
  }
}

export function keyOf({ dev, ino, birthtimeNs }: { dev: bigint; ino: bigint; birthtimeNs: bigint }): string {
  return `${dev} ${ino} ${birthtimeNs}`;
}

function readFully(descriptor: number, bytes: Buffer, position: number): number {
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(descriptor, bytes, done, bytes.length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}
