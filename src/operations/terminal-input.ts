import { closeSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { isErrno } from '../linux/descriptor.ts';
import { duplicateHigh } from '../linux/memfd.ts';
import { setNonBlocking } from '../linux/non-blocking.ts';

/** Milliseconds between two tries where a terminal has no room: its program does not read. */
const PAUSE = 5;

/**
 * Writes to the master of a pseudo-terminal, by a duplicate of its own. A program that does not read hinders nobody:
 * Node's own stream would block this whole process then.
 */
export class TerminalInput extends Writable {
  readonly #master: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(master: number) {
    super();
    this.#master = duplicateHigh(master);
    setNonBlocking(this.#master);
    // EIO: nobody has the other side open any more, which its reader hears too.
    this.on('error', () => {});
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    try {
      const rest = bytes.subarray(writeSync(this.#master, bytes));
      if (rest.length === 0) done();
      else this._write(rest, _encoding, done);
    } catch (error) {
      if (isErrno(error, 'EAGAIN'))
        this.#timer = setTimeout(() => this._write(bytes, _encoding, done), PAUSE);
      else done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    closeSync(this.#master);
    done(error);
  }
}
