import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  dataLimit,
  ENTRY_SIZE,
  entryOffsets,
  type LogEntry,
  logFileName,
  logStreams,
} from '../../src/logging/layout.ts';

const SECOND = 1_000_000_000n;

/** Writes the files of a log as a keeper does, at times of one's own. */
export class LogWriter {
  readonly directory: string;
  readonly #maxSize: number;
  readonly #maxFiles: number;
  #data = -1;
  #index = -1;
  #end = 0;
  #entries = 0;

  constructor(directory: string, { maxSize = 20 * 1024 * 1024, maxFiles = 5 } = {}) {
    this.directory = directory;
    this.#maxSize = maxSize;
    this.#maxFiles = maxFiles;
    mkdirSync(directory, { recursive: true });
    this.#open();
  }

  /** One chunk; `time` is in nanoseconds since 1970. */
  write(stream: 'stdout' | 'stderr', text: string | Uint8Array, time: bigint): void {
    const bytes = Buffer.from(text as Uint8Array);
    if (bytes.length === 0) return;
    writeSync(this.#data, bytes);
    this.#end += bytes.length;
    this.#enter(bytes.length, logStreams[stream], time);
    const indexLimit = this.#maxSize - dataLimit(this.#maxSize);
    if (this.#end >= dataLimit(this.#maxSize) || this.#entries * ENTRY_SIZE >= indexLimit) this.rotate();
  }

  mark(time: bigint): void {
    this.#enter(0, logStreams.mark, time);
  }

  rotate(): void {
    this.close();
    for (let number = this.#maxFiles - 1; number > 0; number--) {
      for (const kind of ['data', 'index'] as const) this.#rename(kind, number - 1, number);
    }
    // Of one file alone the next takes the place.
    for (const kind of ['data', 'index'] as const) {
      if (this.#maxFiles === 1) rmSync(join(this.directory, logFileName(kind, 0)));
    }
    this.#open();
  }

  close(): void {
    closeSync(this.#data);
    closeSync(this.#index);
  }

  #enter(length: number, stream: number, time: bigint): void {
    writeSync(this.#index, encodeEntry({ time, end: this.#end, length, stream }));
    this.#entries += 1;
  }

  #rename(kind: 'data' | 'index', from: number, to: number): void {
    const path = join(this.directory, logFileName(kind, from));
    if (existsSync(path)) renameSync(path, join(this.directory, logFileName(kind, to)));
  }

  #open(): void {
    this.#data = openSync(join(this.directory, logFileName('data', 0)), 'w', 0o600);
    this.#index = openSync(join(this.directory, logFileName('index', 0)), 'a', 0o600);
    this.#end = 0;
    this.#entries = 0;
  }
}

export function encodeEntry({ time, end, length, stream }: LogEntry): Buffer {
  const bytes = Buffer.alloc(ENTRY_SIZE);
  bytes.writeBigUInt64LE(time / SECOND, entryOffsets.seconds);
  bytes.writeBigUInt64LE(time % SECOND, entryOffsets.nanoseconds);
  bytes.writeBigUInt64LE(BigInt(end), entryOffsets.end);
  bytes.writeUInt32LE(length, entryOffsets.length);
  bytes.writeUInt32LE(stream, entryOffsets.stream);
  return bytes;
}
