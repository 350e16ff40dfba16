import { logStreams } from '../logging/layout.ts';
import { LogTimes, RecordAssembler } from '../logging/log-record.ts';
import type { Piece } from '../logging/record-cutter.ts';
import type { Caller } from './caller.ts';
import { writeAll } from './write-all.ts';

/** `bytes` as they were written, `times` with one before each line, `records` as JSON, one a line. */
export type LogForm = 'bytes' | 'times' | 'records';

const NEWLINE = 0x0a;

/** Writes a log to the streams of the caller that the container wrote to, or records to its stdout. */
export class LogOutput {
  readonly #caller: Caller;
  readonly #form: LogForm;
  readonly #records = new RecordAssembler();
  readonly #times = new LogTimes();
  /** Streams whose last line has no newline yet. */
  readonly #open = new Set<number>();

  constructor(caller: Caller, form: LogForm) {
    this.#caller = caller;
    this.#form = form;
  }

  async write(pieces: readonly Piece[]): Promise<void> {
    const { stdout, stderr } = this.#caller;
    if (this.#form === 'records') return writeAll(stdout.descriptor, this.#recordsOf(pieces));
    let [descriptor, parts] = [stdout.descriptor, [] as Uint8Array[]];
    for (const piece of pieces) {
      const own = (piece.stream === logStreams.stderr ? stderr : stdout).descriptor;
      // What goes to one place is written at once, and what goes to two in the order in which it came.
      if (own !== descriptor) {
        await writeAll(descriptor, Buffer.concat(parts));
        [descriptor, parts] = [own, []];
      }
      if (this.#form === 'times') parts.push(...this.#timeBefore(piece));
      parts.push(piece.bytes);
    }
    await writeAll(descriptor, Buffer.concat(parts));
  }

  #recordsOf(pieces: readonly Piece[]): Buffer {
    let text = '';
    for (const piece of pieces) {
      const record = this.#records.add(piece);
      if (record !== undefined) text += `${JSON.stringify(record)}\n`;
    }
    return Buffer.from(text);
  }

  /** Of each line; one that nothing has ended is ended by the next one's. */
  #timeBefore({ stream, time, bytes, startsLine }: Piece): Buffer[] {
    const isAfterOpen = startsLine && this.#open.has(stream);
    if (bytes.at(-1) === NEWLINE) this.#open.delete(stream);
    else if (bytes.length > 0) this.#open.add(stream);
    if (!startsLine) return [];
    return [Buffer.from(`${isAfterOpen ? '\n' : ''}${this.#times.format(time)} `)];
  }
}
