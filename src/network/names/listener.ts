import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { Transport } from './forwarder.ts';
import { Frames, frame } from './frames.ts';

/** Answers a question; undefined where there is to be no answer. */
export type Answer = (query: Buffer, source: string, transport: Transport) => Promise<Buffer | undefined>;

const PORT = 53;

/** Clients by TCP at the same time, of all containers of a network and of one. */
const MOST_CLIENTS = 128;
const MOST_OF_ONE = 8;

/** Milliseconds in which a client by TCP says something, and bytes of answers that it may leave unread. */
const SILENCE = 10_000;
const MOST_UNREAD = 128 * 1024;

/** Bytes of the longest question that is looked at: no name is longer than 255. */
const LONGEST_QUESTION = 4096;

/** The name server at one address, by UDP and TCP. */
export class NameListener {
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #answer: Answer;
  readonly #clients = new Map<Socket, string>();

  private constructor(address: string, answer: Answer, onFault: (error: unknown) => void) {
    this.#answer = (...question) =>
      answer(...question).catch((error: unknown) => {
        onFault(error);
        return undefined;
      });
    this.#udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    this.#tcp = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
    this.#tcp.maxConnections = MOST_CLIENTS;
  }

  /**
   * `onFault` hears what goes wrong later, which leaves a question without an answer and no more. Errors are those of
   * bind(2): EADDRINUSE where somebody else serves there.
   */
  static async listen(
    address: string,
    answer: Answer,
    onFault: (error: unknown) => void,
  ): Promise<NameListener> {
    const listener = new NameListener(address, answer, onFault);
    try {
      await listener.#listen(address);
      listener.#udp.on('error', onFault);
      listener.#tcp.on('error', onFault);
      return listener;
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  close(): void {
    this.#udp.close();
    this.#tcp.close();
    for (const socket of this.#clients.keys()) socket.destroy();
  }

  async #listen(address: string): Promise<void> {
    this.#udp.on('message', (query, { address: source, port }) => this.#hear(query, source, port));
    this.#udp.bind({ address, port: PORT, exclusive: true });
    await once(this.#udp, 'listening');
    this.#tcp.listen({ host: address, port: PORT, exclusive: true });
    await once(this.#tcp, 'listening');
  }

  async #hear(query: Buffer, source: string, port: number): Promise<void> {
    if (query.length > LONGEST_QUESTION) return;
    const answer = await this.#answer(query, source, 'udp');
    if (answer === undefined) return;
    try {
      // Who has left hears nothing, and that is nobody's failure.
      this.#udp.send(answer, port, source, () => undefined);
    } catch {
      // It was closed meanwhile.
    }
  }

  #serve(socket: Socket): void {
    const source = socket.remoteAddress ?? '';
    const own = [...this.#clients.values()].filter((other) => other === source).length;
    if (own >= MOST_OF_ONE) {
      socket.destroy();
      return;
    }
    this.#clients.set(socket, source);
    const frames = new Frames();
    socket.setTimeout(SILENCE, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#clients.delete(socket));
    let answered = Promise.resolve();
    socket.on('data', (bytes: Buffer) => {
      // One question after the other: who asks for more waits until he has his answer.
      socket.pause();
      answered = this.#answerAll(socket, source, frames.take(bytes)).then(() => {
        if (frames.waiting > LONGEST_QUESTION || socket.writableLength > MOST_UNREAD) socket.destroy();
        else socket.resume();
      });
    });
    // Who says no more gets what he has asked for.
    socket.on('end', () => void answered.then(() => socket.end()));
  }

  async #answerAll(socket: Socket, source: string, queries: readonly Buffer[]): Promise<void> {
    for (const query of queries) await this.#answerOne(socket, source, query);
  }

  async #answerOne(socket: Socket, source: string, query: Buffer): Promise<void> {
    if (socket.destroyed || query.length > LONGEST_QUESTION) return void socket.destroy();
    const answer = await this.#answer(query, source, 'tcp');
    if (answer === undefined) socket.destroy();
    else if (socket.writable) socket.write(frame(answer));
  }
}
