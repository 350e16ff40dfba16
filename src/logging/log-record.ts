import { isUtf8 } from 'node:buffer';
import type { LogRecord } from '../schema/operations/logs.ts';
import { logStreams } from './layout.ts';
import type { Piece } from './record-cutter.ts';

/** Puts the pieces of records together: a record is answered with its last piece. */
export class RecordAssembler {
  readonly #open = new Map<number, Piece[]>();

  /** Undefined where more of the record is to come. */
  add(piece: Piece): LogRecord | undefined {
    const pieces = this.#open.get(piece.stream) ?? [];
    pieces.push(piece);
    this.#open.set(piece.stream, pieces);
    if (!piece.endsRecord) return undefined;
    this.#open.delete(piece.stream);
    const bytes = Buffer.concat(pieces.map((part) => part.bytes));
    return {
      ...(isUtf8(bytes) ? { log: bytes.toString('utf8') } : { logBase64: bytes.toString('base64') }),
      stream: piece.stream === logStreams.stderr ? 'stderr' : 'stdout',
      time: formatLogTime(piece.time),
    };
  }
}

/** RFC 3339 to the nanosecond, UTC, of nanoseconds since 1970. */
export function formatLogTime(time: bigint): string {
  const [second = ''] = new Date(Number(time / 1_000_000n)).toISOString().split('.');
  return `${second}.${String(time % 1_000_000_000n).padStart(9, '0')}Z`;
}
