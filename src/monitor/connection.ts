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

/** Milliseconds in which one that says no more, or nothing that is understood, gets its replies. It may also be dead. */
const LAST_REPLIES = 10_000;

/** One client of the monitor, from the greeting until it hangs up, or is hung up on. */
export class Connection {
  readonly #socket: Socket;
  readonly #perform: Perform;
  readonly #closed = new AbortController();
  readonly #lines = new Lines(LONGEST_CALL);
  /** Calls that have come and are not begun. */
  readonly #waiting: Call[] = [];
  #calls = 0;
  #isLeaving = false;
  #hasEnded = false;
  /** What cannot be understood; what follows it cannot either. */
  #fault: ScError | undefined;

  constructor(socket: Socket, greeting: Greeting, perform: Perform) {
    this.#socket = socket;
    this.#perform = perform;
    socket.setTimeout(SILENCE);
    socket.on('timeout', () => this.#endSilence());
    socket.on('data', (bytes: Buffer) => this.#hear(bytes));
    socket.on('end', () => this.#end());
    socket.on('drain', () => this.#goOn());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed.abort(new ScError('SC_PROTOCOL', 'the client has hung up')));
    this.#say(greeting);
  }

  /** Takes no more calls; the client knows then that those without a reply are for the next monitor. */
  leave(): void {
    this.#isLeaving = true;
    this.#waiting.length = 0;
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
    if (this.#isLeaving || this.#fault !== undefined) return;
    try {
      for (const line of this.#lines.take(bytes)) this.#waiting.push(parseLine<Call>(line, validateCall));
    } catch (error) {
      this.#fault = asError(error);
      this.#socket.setTimeout(LAST_REPLIES);
    }
    this.#goOn();
  }

  /** Begins what has come and can be begun. Who asks for too much, or reads too little, is not read meanwhile. */
  #goOn(): void {
    while (!this.#isBusy() && !this.#socket.destroyed) {
      const call = this.#waiting.shift();
      if (call === undefined) break;
      void this.#answer(call);
    }
    if (this.#isBusy() || this.#fault !== undefined) this.#socket.pause();
    else this.#socket.resume();
    if (this.#calls === 0 && this.#waiting.length === 0) this.#rest();
  }

  #isBusy(): boolean {
    return this.#calls >= MOST_CALLS || this.#socket.writableLength >= MOST_UNREAD;
  }

  async #answer({ id, operation, request }: Call): Promise<void> {
    this.#calls += 1;
    try {
      this.#say({ id, result: { ...(await this.#perform(operation, request, this.#closed.signal)) } });
    } catch (error) {
      this.#say({ id, error: faultOf(asError(error)) });
    } finally {
      this.#calls -= 1;
      this.#goOn();
    }
  }

  #end(): void {
    this.#hasEnded = true;
    this.#socket.setTimeout(LAST_REPLIES);
    this.#goOn();
  }

  /** All that has come is answered. */
  #rest(): void {
    if (this.#fault !== undefined) this.#hangUpOn(this.#fault);
    else if (this.#hasEnded) this.#socket.end();
  }

  #hangUpOn(fault: ScError): void {
    this.#say({ id: null, error: faultOf(fault) });
    this.#socket.destroySoon();
  }

  /** Nothing was said and nothing read for a while. */
  #endSilence(): void {
    const isOver = this.#fault !== undefined || this.#hasEnded;
    // What it has asked for may have no end, as a `wait`.
    if (this.#fault !== undefined && !this.#socket.writableEnded) this.#hangUpOn(this.#fault);
    else if (isOver || this.#calls === 0) this.#socket.destroy();
  }

  #say(message: Greeting | Reply): void {
    const line = JSON.stringify(message);
    if (Buffer.byteLength(line) > LONGEST_REPLY)
      throw new ScError('SC_PROTOCOL', `reply: the result is longer than ${LONGEST_REPLY} bytes`, {
        hint: 'ask for less at once, or let a command of sc do it',
      });
    if (this.#socket.writable) this.#socket.write(`${line}\n`);
  }
}

function asError(error: unknown): ScError {
  if (error instanceof ScError) return error;
  complain('perform a call', error);
  const reason = error instanceof Error ? error.message : String(error);
  return new ScError('SC_INTERNAL', `a fault of the monitor itself: ${reason}`, { cause: error });
}
