import { closeSync, constants, openSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { ScError } from '../errors/error.ts';
import { errorOf } from '../errors/fault.ts';
import { isErrno } from '../linux/descriptor.ts';
import type { Greeting, Reply } from '../schema/protocol.ts';
import { validateGreeting, validateReply } from '../schema/validate-protocol.ts';
import type { Validator } from '../schema/validator.ts';
import { Lines, parseLine } from './lines.ts';
import { monitorPlace } from './place.ts';

/** Milliseconds in which the monitor has to say something: it answers a `ping` at once. */
const PATIENCE = 10_000;
const PING_EACH = 3_000;

interface Waiting {
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

/** A connection with the monitor of a state root. */
export class MonitorClient {
  readonly greeting: Greeting;
  readonly #socket: Socket;
  readonly #waiting: Map<number, Waiting>;
  #calls = 0;

  private constructor(socket: Socket, greeting: Greeting, waiting: Map<number, Waiting>) {
    this.#socket = socket;
    this.greeting = greeting;
    this.#waiting = waiting;
  }

  /** Undefined where there is none. Throws SC_NO_ANSWER for one that is there and says nothing, and SC_PROTOCOL. */
  static async connect(root: string, patience = PATIENCE): Promise<MonitorClient | undefined> {
    const socket = await open(root);
    if (socket === undefined) return undefined;
    const waiting = new Map<number, Waiting>();
    try {
      const greeting = await withPatience(patience, silent, greet(socket, waiting));
      return greeting && new MonitorClient(socket, greeting, waiting);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /**
   * Asks for an operation and answers its result, however long it takes, as long as the monitor says that it is
   * there. Throws the operation's own error; SC_NO_ANSWER where the monitor is silent or ends.
   */
  async call<Result>(operation: string, request: object, validate: Validator): Promise<Result> {
    const pings = setInterval(() => this.#ping(), PING_EACH);
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
    withPatience(PATIENCE - PING_EACH, silent, this.#ask('ping', {})).catch((error: Error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  #ask(operation: string, request: object): Promise<Reply> {
    const id = this.#calls++;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#waiting.set(id, { resolve, reject });
    this.#socket.write(`${JSON.stringify({ id, operation, request })}\n`);
    return promise.finally(() => this.#waiting.delete(id));
  }
}

/** Undefined where nobody listens. The path of a socket has 107 bytes at most (unix(7)), that of a root more. */
async function open(root: string): Promise<Socket | undefined> {
  const { directory } = monitorPlace(root);
  let descriptor: number;
  try {
    descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const socket = createConnection({ path: `/proc/self/fd/${descriptor}/socket` });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  } catch (error) {
    socket.destroy();
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ECONNREFUSED') || isErrno(error, 'ECONNRESET'))
      return undefined;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Resolves with the first line, undefined where the other hangs up before; later ones go to who waits. */
function greet(socket: Socket, waiting: Map<number, Waiting>): Promise<Greeting | undefined> {
  const lines = new Lines();
  const { promise, resolve, reject } = Promise.withResolvers<Greeting | undefined>();
  let isGreeted = false;
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
        const reply = parseLine<Reply>(line, validateReply);
        if (reply.id !== null) waiting.get(reply.id)?.resolve(reply);
        else if (reply.error) fail(errorOf(reply.error));
      }
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    resolve(undefined);
    for (const { reject: rejectCall } of waiting.values()) rejectCall(gone());
  });
  return promise;
}

async function withPatience<Value>(
  patience: number,
  late: () => Error,
  answer: Promise<Value>,
): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), patience);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function silent(): ScError {
  return new ScError('SC_NO_ANSWER', `call the monitor: it says nothing, for ${PATIENCE / 1000} s`, {
    errno: 'ETIMEDOUT',
    hint: 'look whether it is stopped (ps -C node -o pid,stat,args), and let it go on with kill -CONT\nkill -KILL ends it: containers live on, and the next sc starts another',
  });
}

function gone(): ScError {
  return new ScError('SC_NO_ANSWER', 'call the monitor: it has ended before it answered', {
    errno: 'EPIPE',
    hint: 'sc ps tells what came of it; try again',
  });
}
