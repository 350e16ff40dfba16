import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { answerTo } from '../../../src/network/names/answer.ts';
import { Forwarder } from '../../../src/network/names/forwarder.ts';
import { NameListener } from '../../../src/network/names/listener.ts';
import { parseQuery, withId } from '../../../src/network/names/question.ts';
import { queryOf } from '../../support/name-query.ts';

const [silent, guessed, nobody, faulty] = ['127.0.53.2', '127.0.53.3', '127.0.53.4', '127.0.53.5'];
/** The kernel lets nobody connect to all at once (EACCES), as to where no route leads. */
const unreachable = '255.255.255.255';
const bytes = queryOf('www.example');
const { question } = parseQuery(bytes) ?? expect.fail();

const sockets = [silent, guessed].map((address) => ({ address, socket: createSocket('udp4') }));
beforeAll(async () => {
  for (const { address, socket } of sockets) {
    socket.bind(53, address);
    await once(socket, 'listening');
  }
  // Before the answer comes one of somebody who has not seen the question.
  sockets[1]?.socket.on('message', (query, { port, address }) => {
    const right = answerTo(parseQuery(query) ?? expect.fail(), 5);
    sockets[1]?.socket.send(withId(right, right.readUInt16BE(0) ^ 1), port, address);
    sockets[1]?.socket.send(right, port, address);
  });
});
afterAll(() => {
  for (const { socket } of sockets) socket.close();
});

let forwarder: Forwarder;
beforeEach(() => {
  forwarder = new Forwarder();
});
afterEach(() => forwarder.close());

const ask = (asker: string, ...servers: string[]) =>
  forwarder.ask(asker, bytes, question, { servers, transport: 'udp' });

test('the answer is that to the question, and of the first server that has one', async () => {
  for (const servers of [[guessed], [nobody, guessed], [silent, guessed], [unreachable, guessed]])
    expect(((await ask('a', ...servers))?.[3] ?? 0) & 15).toBe(5);
  for (const server of [nobody, unreachable]) expect(await ask('a', server)).toBeUndefined();
});

test('who waits for a server that says nothing keeps nobody else waiting, and has so many questions', async () => {
  const waiting = Array.from({ length: 64 }, () => ask('a', silent, silent, silent));
  expect(await ask('a', guessed)).toBeUndefined();
  expect(await ask('b', guessed)).toBeDefined();
  forwarder.close();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([undefined]));
});

test('an answer that fails is told, and the next question is answered', async () => {
  const faults: unknown[] = [];
  const answers = [
    async () => {
      throw new Error('no');
    },
    async () => bytes,
  ];
  const listener = await NameListener.listen(
    faulty,
    async () => answers.shift()?.(),
    (error) => faults.push(error),
  );
  try {
    expect(await ask('a', faulty)).toBeUndefined();
    expect(faults).toEqual([new Error('no')]);
    const client = createSocket('udp4');
    client.send(bytes, 53, faulty);
    const [heard] = await once(client, 'message');
    client.close();
    expect(heard).toEqual(bytes);
  } finally {
    listener.close();
  }
});
