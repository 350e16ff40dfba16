import { logStreams } from '../logging/layout.ts';
import { formatLogTime, RecordAssembler } from '../logging/log-record.ts';
import type { Piece } from '../logging/record-cutter.ts';
import type { Caller } from './caller.ts';
import { writeAll } from './terminal.ts';

/** `bytes` as they were written, `times` with one before each line, `records` as JSON, one a line. */
export type LogForm = 'bytes' | 'times' | 'records';

const NEWLINE = 0x0a;

/** Writes a log to the streams of the caller that the container wrote to, or records to its stdout. */
export class LogOutput {
  readonly #caller: Caller;
  readonly #form: LogForm;
  readonly #records = new RecordAssembler();
  /** Streams whose last line has no newline yet. */
  readonly #open = new Set<number>();

  constructor(caller: Caller, form: LogForm) {
    this.#caller = caller;
    this.#form = form;
  }

  async write(pieces: readonly Piece[]): Promise<void> {
    const { stdout, stderr } = this.#caller;
    let [descriptor, parts] = [stdout.descriptor, [] as Uint8Array[]];
    for (const piece of pieces) {
      const isError = this.#form !== 'records' && piece.stream === logStreams.stderr;
      const own = (isError ? stderr : stdout).descriptor;
      // What goes to one place is written at once, and what goes to two in the order in which it came.
      if (own !== descriptor) {
        await writeAll(descriptor, Buffer.concat(parts));
        [descriptor, parts] = [own, []];
      }
      parts.push(...this.#rendered(piece));
    }
    await writeAll(descriptor, Buffer.concat(parts));
  }

  #rendered(piece: Piece): Uint8Array[] {
    const { stream, bytes, startsLine } = piece;
    if (this.#form === 'bytes') return [bytes];
    if (this.#form === 'records') {
      const record = this.#records.add(piece);
      return record === undefined ? [] : [Buffer.from(`${JSON.stringify(record)}\n`)];
    }
    const isAfterOpen = startsLine && this.#open.has(stream);
    if (bytes.length > 0) {
      if (bytes[bytes.length - 1] === NEWLINE) this.#open.delete(stream);
      else this.#open.add(stream);
    }
    const time = startsLine ? `${isAfterOpen ? '\n' : ''}${formatLogTime(piece.time)} ` : '';
    return [Buffer.from(time), bytes];
  }
}
