import { chmodSync, closeSync, constants, openSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { faultOf } from '../errors/fault.ts';
import { Lines, parseLine } from '../protocol/lines.ts';
import { monitorPlace } from '../protocol/place.ts';
import { PROTOCOL, release } from '../protocol/release.ts';
import type { Call, Greeting, Reply } from '../schema/protocol.ts';
import { validateCall } from '../schema/validate-protocol.ts';

/** Answers one call with the result of its operation. */
export type Perform = (operation: string, request: unknown) => Promise<object>;

/** The monitor's socket: greets who comes, and has each call performed. */
export class MonitorServer {
  readonly #server: Server;
  readonly #place: ReturnType<typeof monitorPlace>;
  readonly #connections = new Set<Socket>();
  readonly #onQuiet: () => void;
  #calls = 0;

  constructor(root: string, perform: Perform, onQuiet: () => void) {
    this.#place = monitorPlace(root);
    this.#onQuiet = onQuiet;
    this.#server = createServer((socket) => this.#serve(socket, perform));
  }

  isNeeded(): boolean {
    return this.#connections.size > 0 || this.#calls > 0;
  }

  /** Takes the place of a socket that a dead monitor has left. */
  async listen(): Promise<void> {
    const { directory, socket } = this.#place;
    const unfinished = `${socket}.new`;
    rmSync(unfinished, { force: true });
    // The path of a socket has 107 bytes at most (unix(7)), that of a root more.
    const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(
          { path: join('/proc/self/fd', `${descriptor}`, 'socket.new'), backlog: 4096 },
          resolve,
        );
      });
    } finally {
      closeSync(descriptor);
    }
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, socket);
  }

  /** Nobody finds it from now on; who is connected is cut off. */
  close(): void {
    rmSync(this.#place.socket, { force: true });
    this.#server.close();
    for (const socket of this.#connections) socket.destroySoon();
  }

  #serve(socket: Socket, perform: Perform): void {
    this.#connections.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.delete(socket);
      this.#onQuiet();
    });
    const greeting: Greeting = { protocol: PROTOCOL, release: release(), pid: process.pid };
    say(socket, greeting);
    const lines = new Lines();
    socket.on('data', (bytes: Buffer) => {
      try {
        for (const line of lines.take(bytes)) {
          const call = parseLine<Call>(line, validateCall);
          void this.#answer(socket, call, perform);
        }
      } catch (error) {
        // What follows cannot be understood either.
        say(socket, { id: null, error: faultOf(asError(error)) });
        socket.destroySoon();
      }
    });
  }

  async #answer(socket: Socket, { id, operation, request }: Call, perform: Perform): Promise<void> {
    this.#calls += 1;
    try {
      say(socket, { id, result: { ...(await perform(operation, request)) } });
    } catch (error) {
      say(socket, { id, error: faultOf(asError(error)) });
    } finally {
      this.#calls -= 1;
      this.#onQuiet();
    }
  }
}

function say(socket: Socket, message: Greeting | Reply): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}

function asError(error: unknown): ScError {
  if (error instanceof ScError) return error;
  console.error(error);
  const reason = error instanceof Error ? error.message : String(error);
  return new ScError('SC_INTERNAL', `a fault of the monitor itself: ${reason}`, { cause: error });
}
