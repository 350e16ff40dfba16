import { chmodSync, closeSync, constants, openSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { monitorPlace } from '../protocol/place.ts';
import { PROTOCOL, release } from '../protocol/release.ts';
import { checkRoot } from '../state/root.ts';
import { Connection, type Perform } from './connection.ts';

/** Others are hung up on at once, so that descriptors are left for the work. */
const MOST_CONNECTIONS = 512;

/** Milliseconds in which calls end that were begun, when the monitor leaves; and in which their replies are read. */
const LAST_CALLS = 10_000;
const LAST_WORDS = 1_000;

/** The monitor's socket: greets who comes, and has each call performed. */
export class MonitorServer {
  readonly #server: Server;
  /** Of the socket, whatever its path leads to by now. */
  readonly #directory: number;
  readonly #connections = new Set<Connection>();
  readonly #perform: Perform;
  readonly #lastReply = Promise.withResolvers<void>();
  #calls = 0;
  #isLeaving = false;

  /** `onQuiet` is called when a call is over. */
  constructor(root: string, perform: Perform, onQuiet: () => void) {
    const { directory } = monitorPlace(root);
    checkRoot(directory);
    this.#directory = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    this.#perform = async (operation, request, abort) => {
      this.#calls += 1;
      try {
        return await perform(operation, request, abort);
      } finally {
        this.#calls -= 1;
        if (this.#isLeaving && this.#calls === 0) this.#lastReply.resolve();
        onQuiet();
      }
    };
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** Whether a call is not answered yet, be its client still there or not. */
  isNeeded(): boolean {
    return this.#calls > 0;
  }

  /** Takes the place of a socket that a dead monitor has left. */
  async listen(): Promise<void> {
    const unfinished = this.#path('socket.new');
    rmSync(unfinished, { force: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ path: unfinished, backlog: 4096 }, resolve);
    await promise;
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, this.#path('socket'));
  }

  /**
   * Nobody finds it from now on, and no call is begun; those that were begun end. Who has called meanwhile hears
   * that, and calls the next monitor.
   */
  async leave(): Promise<void> {
    rmSync(this.#path('socket'), { force: true });
    this.#server.close();
    for (const connection of this.#connections) connection.leave();
    this.#isLeaving = true;
    if (this.#calls > 0) await Promise.race([this.#lastReply.promise, setTimeout(LAST_CALLS)]);
    await Promise.race([
      Promise.all([...this.#connections].map((connection) => connection.hangUp())),
      setTimeout(LAST_WORDS),
    ]);
    closeSync(this.#directory);
  }

  #serve(socket: Socket): void {
    const greeting = { protocol: PROTOCOL, release: release(), pid: process.pid };
    const connection = new Connection(socket, greeting, this.#perform);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  /** The path of a socket has 107 bytes at most (unix(7)), that of a root more. */
  #path(name: string): string {
    return join('/proc/self/fd', `${this.#directory}`, name);
  }
}
