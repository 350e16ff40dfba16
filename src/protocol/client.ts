import { createConnection, type Socket } from 'node:net';
import { ScError } from '../errors/error.ts';
import { errorOf } from '../errors/fault.ts';
import { isErrno } from '../linux/descriptor.ts';
import type { Greeting, Reply } from '../schema/protocol.ts';
import { validateGreeting, validateReply } from '../schema/validate-protocol.ts';
import type { Validator } from '../schema/validator.ts';
import { Lines, LONGEST_REPLY, parseLine } from './lines.ts';
import { lockedBy, openMonitorPlace } from './place.ts';

/** Milliseconds in which the monitor has to say something: it answers a `ping` at once. */
const PATIENCE = 10_000;

interface ClientOptions {
  /** Milliseconds in which the monitor has to say something; 10 s without it. */
  patience?: number;
}

/** The monitor has left without having done what it was asked for: mostly it has not begun that. */
export class MonitorLeft extends ScError {
  constructor() {
    super('SC_NO_ANSWER', 'call the monitor: it has left', { errno: 'EPIPE', hint: 'try again' });
    this.name = 'MonitorLeft';
  }
}

interface Waiting {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

/** A connection with the monitor of a state root. */
export class MonitorClient {
  readonly greeting: Greeting;
  readonly #socket: Socket;
  readonly #waiting: Map<number, Waiting>;
  readonly #patience: number;
  #calls = 0;

  private constructor(conversation: Conversation, greeting: Greeting, patience: number) {
    this.#socket = conversation.socket;
    this.#waiting = conversation.waiting;
    this.#patience = patience;
    this.greeting = greeting;
  }

  /**
   * Undefined where there is none. Throws MonitorLeft for one that is just leaving, SC_NO_ANSWER for one that is
   * there and says nothing, and SC_PROTOCOL.
   */
  static async connect(
    root: string,
    { patience = PATIENCE }: ClientOptions = {},
  ): Promise<MonitorClient | undefined> {
    const socket = await open(root);
    if (socket === undefined) return undefined;
    const conversation = { socket, waiting: new Map<number, Waiting>() };
    try {
      const greeting = await inTime(patience, hear(conversation), () => silent(patience, lockedBy(root)));
      return new MonitorClient(conversation, greeting, patience);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /**
   * Asks for an operation and answers its result, however long it takes, as long as the monitor says that it is
   * there. Throws the operation's own error; SC_NO_ANSWER where the monitor is silent or ends, and as MonitorLeft
   * where the next one is to be asked.
   */
  async call<Result>(operation: string, request: object, validate: Validator): Promise<Result> {
    const pings = setInterval(() => this.#ping(), this.#patience / 3);
    try {
      const { result, error } = await this.#ask(operation, request);
      if (error !== undefined) throw errorOf(error);
      if (!validate(result))
        throw new ScError('SC_PROTOCOL', `${operation}: the monitor's answer is no result`);
      return result as Result;
    } finally {
      clearInterval(pings);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #ping(): void {
    const late = () => silent(this.#patience, this.greeting.pid);
    inTime((this.#patience * 2) / 3, this.#ask('ping', {}), late).catch((error: Error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  #ask(operation: string, request: object): Promise<Reply> {
    const id = this.#calls++;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    if (this.#socket.destroyed) return Promise.reject(gone());
    this.#waiting.set(id, { resolve, reject });
    this.#socket.write(`${JSON.stringify({ id, operation, request })}\n`);
    return promise.finally(() => this.#waiting.delete(id));
  }
}

interface Conversation {
  socket: Socket;
  /** Those who wait for a reply, by the number of their call. */
  waiting: Map<number, Waiting>;
}

/** Undefined where nobody listens. */
async function open(root: string): Promise<Socket | undefined> {
  const place = openMonitorPlace(root);
  if (place === undefined) return undefined;
  const socket = createConnection({ path: place.path('socket') });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  } catch (error) {
    socket.destroy();
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ECONNREFUSED')) return undefined;
    // Whose queue is full of others may have time for us later.
    if (isErrno(error, 'ECONNRESET') || isErrno(error, 'EAGAIN')) throw new MonitorLeft();
    throw error;
  } finally {
    place.close();
  }
}

/** Resolves with the first line; later ones go to those who wait. */
function hear({ socket, waiting }: Conversation): Promise<Greeting> {
  const lines = new Lines(LONGEST_REPLY);
  const { promise, resolve, reject } = Promise.withResolvers<Greeting>();
  let isGreeted = false;
  let isLeaving = false;
  const fail = (error: Error) => {
    reject(error);
    for (const { reject: rejectCall } of waiting.values()) rejectCall(error);
    socket.destroy();
  };
  socket.on('data', (bytes: Buffer) => {
    try {
      for (const line of lines.take(bytes)) {
        if (!isGreeted) {
          isGreeted = true;
          resolve(parseLine<Greeting>(line, validateGreeting));
          continue;
        }
        const { id, ...reply } = parseLine<Reply>(line, validateReply);
        if (id !== null) waiting.get(id)?.resolve({ id, ...reply });
        else if (reply.error) fail(errorOf(reply.error));
        else isLeaving = true;
      }
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => fail(isGreeted && !isLeaving ? gone() : new MonitorLeft()));
  return promise;
}

async function inTime<Value>(patience: number, answer: Promise<Value>, late: () => Error): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), patience);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function silent(patience: number, pid: number | undefined): ScError {
  const who = pid === undefined ? '' : ` (process ${pid})`;
  return new ScError('SC_NO_ANSWER', `call the monitor${who}: it says nothing, for ${patience / 1000} s`, {
    errno: 'ETIMEDOUT',
    hint: `kill -CONT ${pid ?? 'PID'} lets it go on if it is stopped (state T in ps)\nkill -KILL ${pid ?? 'PID'} ends it: containers live on, and the next sc that needs one starts another`,
  });
}

function gone(): ScError {
  return new ScError('SC_NO_ANSWER', 'call the monitor: it has ended before it answered', {
    errno: 'EPIPE',
    hint: 'sc ps tells what came of it; try again',
  });
}
