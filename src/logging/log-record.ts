import { isUtf8 } from 'node:buffer';
import type { LogRecord } from '../schema/operations/logs.ts';
import { logStreams } from './layout.ts';
import type { Piece } from './record-cutter.ts';

/** Puts the pieces of records together: a record is answered with its last piece. */
export class RecordAssembler {
  readonly #open = new Map<number, Piece[]>();
  readonly #times = new LogTimes();

  /** Undefined where more of the record is to come. */
  add(piece: Piece): LogRecord | undefined {
    const pieces = this.#open.get(piece.stream);
    if (piece.endsRecord) {
      this.#open.delete(piece.stream);
      return this.#record(piece, pieces === undefined ? [piece] : [...pieces, piece]);
    }
    if (pieces === undefined) this.#open.set(piece.stream, [piece]);
    else pieces.push(piece);
    return undefined;
  }

  #record({ stream, time }: Piece, pieces: readonly Piece[]): LogRecord {
    const parts = pieces.map((piece) =>
      Buffer.from(piece.bytes.buffer, piece.bytes.byteOffset, piece.bytes.length),
    );
    const [first, ...more] = parts;
    const bytes = first !== undefined && more.length === 0 ? first : Buffer.concat(parts);
    return {
      ...(isUtf8(bytes) ? { log: bytes.toString('utf8') } : { logBase64: bytes.toString('base64') }),
      stream: stream === logStreams.stderr ? 'stderr' : 'stdout',
      time: this.#times.format(time),
    };
  }
}

/** Formats times of which many that follow one another are the same: those of the lines of a chunk. */
export class LogTimes {
  #time = -1n;
  #text = '';

  format(time: bigint): string {
    if (time !== this.#time) [this.#time, this.#text] = [time, formatLogTime(time)];
    return this.#text;
  }
}

/** RFC 3339 to the nanosecond, UTC, of nanoseconds since 1970. */
export function formatLogTime(time: bigint): string {
  const [second = ''] = new Date(Number(time / 1_000_000n)).toISOString().split('.');
  return `${second}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`;
}
