import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { Frames, frame } from './frames.ts';
import { isAnswerTo, withId } from './question.ts';

export type Transport = 'udp' | 'tcp';

const PORT = 53;

/** Milliseconds for an answer of one server, and how many servers are asked: clients wait five seconds. */
const PATIENCE = 2_000;
const MOST_SERVERS = 3;

/** Questions under way, of all containers and of one: each is a socket. */
const MOST = 512;
const MOST_OF_ONE = 64;

/**
 * Asks other name servers. Each question has a socket of its own with a port that the kernel chooses, is connected to its
 * server, and has an ID that nobody can know beforehand: so that who answers in the place of a server has to guess both
 * (RFC 5452, 9.2), and the ID that a container has chosen tells nobody anything.
 */
export class Forwarder {
  readonly #underWay = new Map<string, number>();
  readonly #end = new AbortController();
  #count = 0;

  /** The first answer of these servers, in their order; undefined where there is none, or `asker` asks for too much. */
  async ask(
    asker: string,
    query: Buffer,
    question: Buffer,
    { servers, transport }: { servers: readonly string[]; transport: Transport },
  ): Promise<Buffer | undefined> {
    const own = this.#underWay.get(asker) ?? 0;
    if (this.#count >= MOST || own >= MOST_OF_ONE) return undefined;
    this.#underWay.set(asker, own + 1);
    this.#count += 1;
    try {
      for (const server of servers.slice(0, MOST_SERVERS)) {
        if (this.#end.signal.aborted) return undefined;
        const answer = await this.#askOne(server, query, question, transport);
        if (answer !== undefined) return answer;
      }
      return undefined;
    } finally {
      this.#count -= 1;
      const rest = (this.#underWay.get(asker) ?? 1) - 1;
      if (rest > 0) this.#underWay.set(asker, rest);
      else this.#underWay.delete(asker);
    }
  }

  /** Nobody is asked any more. */
  close(): void {
    this.#end.abort();
  }

  async #askOne(
    server: string,
    query: Buffer,
    question: Buffer,
    transport: Transport,
  ): Promise<Buffer | undefined> {
    const id = randomInt(0x10000);
    const abort = AbortSignal.any([this.#end.signal, AbortSignal.timeout(PATIENCE)]);
    const ask = transport === 'udp' ? askByUdp : askByTcp;
    return ask(server, withId(query, id), (bytes) => isAnswerTo(bytes, id, question), abort);
  }
}

type Ask = (
  server: string,
  query: Buffer,
  isAnswer: (bytes: Buffer) => boolean,
  abort: AbortSignal,
) => Promise<Buffer | undefined>;

const askByUdp: Ask = (server, query, isAnswer, abort) => {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4');
  const give = () => resolve(undefined);
  abort.addEventListener('abort', give);
  socket.on('error', give);
  // What is no answer may be of somebody who guesses: the right one may still come.
  socket.on('message', (bytes) => {
    if (isAnswer(bytes)) resolve(bytes);
  });
  // As a callback of connect it would be called for a failure too, such as where no route leads.
  socket.on('connect', () => abort.aborted || socket.send(query, (error) => error && give()));
  socket.connect(PORT, server);
  return promise.finally(() => {
    abort.removeEventListener('abort', give);
    socket.close();
  });
};

const askByTcp: Ask = (server, query, isAnswer, abort) => {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const socket = connect(PORT, server);
  const give = () => resolve(undefined);
  const frames = new Frames();
  abort.addEventListener('abort', give);
  socket.on('error', give);
  socket.on('close', give);
  socket.on('data', (bytes: Buffer) => {
    const [answer] = frames.take(bytes);
    if (answer !== undefined) resolve(isAnswer(answer) ? answer : undefined);
  });
  socket.write(frame(query));
  return promise.finally(() => {
    abort.removeEventListener('abort', give);
    socket.destroy();
  });
};
