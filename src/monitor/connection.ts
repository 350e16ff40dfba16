import type { Socket } from 'node:net';
import { ScError } from '../errors/error.ts';
import { faultOf } from '../errors/fault.ts';
import { Lines, LONGEST_CALL, LONGEST_REPLY, parseLine } from '../protocol/lines.ts';
import type { Call, Greeting, Reply } from '../schema/protocol.ts';
import { validateCall } from '../schema/validate-protocol.ts';
import { complain } from './complaints.ts';

/** Answers one call with the result of its operation; `abort` says that the client is gone. */
export type Perform = (operation: string, request: unknown, abort: AbortSignal) => Promise<object>;

/** Calls that a client has going on at once, and bytes of replies that it has not read: then it is not read either. */
const MOST_CALLS = 64;
const MOST_UNREAD = 64 * 1024;

/** Milliseconds in which a client that waits for nothing says something whole; else it is no client. */
const SILENCE = 60_000;

/** Milliseconds in which one that says no more, as at the end of a pipe, gets its replies. It may also be dead. */
const LAST_REPLIES = 10_000;

/** One client of the monitor, from the greeting until it hangs up, or is hung up on. */
export class Connection {
  readonly #socket: Socket;
  readonly #perform: Perform;
  readonly #closed = new AbortController();
  readonly #lines = new Lines(LONGEST_CALL);
  #calls = 0;
  #isLeaving = false;
  #hasEnded = false;

  constructor(socket: Socket, greeting: Greeting, perform: Perform) {
    this.#socket = socket;
    this.#perform = perform;
    socket.setTimeout(SILENCE, () => {
      if (this.#calls === 0) socket.destroy();
    });
    socket.on('data', (bytes: Buffer) => this.#hear(bytes));
    socket.on('end', () => this.#end());
    socket.on('drain', () => this.#throttle());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed.abort(new ScError('SC_PROTOCOL', 'the client has hung up')));
    this.#say(greeting);
  }

  /** Takes no more calls; the client knows then that those without a reply were not begun. */
  leave(): void {
    this.#isLeaving = true;
    this.#say({ id: null, leaving: true });
  }

  /** Resolves when all that was said is with the kernel, or nobody is there to read it. */
  hangUp(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#socket.destroyed) return Promise.resolve();
    this.#socket.once('close', () => resolve());
    this.#socket.destroySoon();
    return promise;
  }

  #hear(bytes: Buffer): void {
    if (this.#isLeaving) return;
    try {
      for (const line of this.#lines.take(bytes)) void this.#answer(parseLine<Call>(line, validateCall));
      this.#throttle();
    } catch (error) {
      // What follows cannot be understood either.
      this.#isLeaving = true;
      this.#say({ id: null, error: faultOf(asError(error)) });
      this.#socket.destroySoon();
    }
  }

  async #answer({ id, operation, request }: Call): Promise<void> {
    this.#calls += 1;
    try {
      this.#say({ id, result: { ...(await this.#perform(operation, request, this.#closed.signal)) } });
    } catch (error) {
      this.#say({ id, error: faultOf(asError(error)) });
    } finally {
      this.#calls -= 1;
      if (this.#hasEnded && this.#calls === 0) this.#socket.end();
      this.#throttle();
    }
  }

  #end(): void {
    this.#hasEnded = true;
    if (this.#calls === 0) this.#socket.end();
    else this.#socket.setTimeout(LAST_REPLIES, () => this.#socket.destroy());
  }

  #throttle(): void {
    const isTooMuch = this.#calls >= MOST_CALLS || this.#socket.writableLength >= MOST_UNREAD;
    if (isTooMuch) this.#socket.pause();
    else this.#socket.resume();
  }

  #say(message: Greeting | Reply): void {
    const line = JSON.stringify(message);
    if (Buffer.byteLength(line) > LONGEST_REPLY)
      throw new ScError('SC_PROTOCOL', `reply: the result is longer than ${LONGEST_REPLY} bytes`, {
        hint: 'ask for less at once, or let a command of sc do it',
      });
    if (!this.#socket.destroyed) this.#socket.write(`${line}\n`);
  }
}

function asError(error: unknown): ScError {
  if (error instanceof ScError) return error;
  complain('perform a call', error);
  const reason = error instanceof Error ? error.message : String(error);
  return new ScError('SC_INTERNAL', `a fault of the monitor itself: ${reason}`, { cause: error });
}
