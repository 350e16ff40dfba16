import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tryLock } from '../../src/linux/flock.ts';
import { reachMonitor } from '../../src/operations/monitor.ts';
import { openWorkplace } from '../../src/operations/workplace.ts';
import { MonitorClient } from '../../src/protocol/client.ts';
import { isNewer, PROTOCOL, release } from '../../src/protocol/release.ts';

// A monitor that speaks as each test has it.

const any = Object.assign((_: unknown): boolean => true, { errors: null });
const none = Object.assign((_: unknown): boolean => false, { errors: null });

let root: string;
let server: Server;
let greeting: string;
/** What it does with a line. */
let answer: (socket: Socket, line: { id: number; operation: string }) => void;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'sc-test-'));
  mkdirSync(join(root, 'monitor'), { mode: 0o700 });
  greeting = `${JSON.stringify({ protocol: PROTOCOL, release: release(), pid: 4711 })}\n`;
  answer = () => {};
  server = createServer((socket) => {
    socket.write(greeting);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const line of String(bytes).trimEnd().split('\n')) answer(socket, JSON.parse(line));
    });
  });
  await new Promise<void>((resolve) => server.listen(join(root, 'monitor/socket'), resolve));
});
afterEach(() => {
  server.close();
  rmSync(root, { recursive: true });
});

const say = (socket: Socket, message: object) => socket.write(`${JSON.stringify(message)}\n`);

async function connected(patience?: number): Promise<MonitorClient> {
  const client = await MonitorClient.connect(root, patience === undefined ? {} : { patience });
  if (client === undefined) throw new Error('nobody listens');
  return client;
}

describe('a monitor', () => {
  test('that was never there, or is there no more, is none', async () => {
    server.close();
    writeFileSync(join(root, 'monitor/socket'), '');
    expect(await MonitorClient.connect(root)).toBeUndefined();
    rmSync(join(root, 'monitor/socket'));
    expect(await MonitorClient.connect(root)).toBeUndefined();
    expect(await MonitorClient.connect(join(root, 'none'))).toBeUndefined();
  });

  test.each([
    ['no JSON', 'hello\n', 'read a message: it is no JSON'],
    ['another form', '{"protocol": 1}\n', 'read a message: "" must have required property \'release\''],
    ['no end', 'x'.repeat(17 << 20), 'read a message: it is longer than 16777216 bytes'],
  ])('whose greeting is %s is an error', async (_, text, message) => {
    greeting = text;
    await expect(MonitorClient.connect(root)).rejects.toMatchObject({ code: 'SC_PROTOCOL', message });
  });

  test('that does not even greet is named by who holds its lock', async () => {
    greeting = '';
    const lock = join(root, 'monitor/lock');
    writeFileSync(lock, '');
    const unlock = tryLock(lock);
    await expect(MonitorClient.connect(root, { patience: 50 })).rejects.toMatchObject({
      code: 'SC_NO_ANSWER',
      message: `call the monitor (process ${process.pid}): it says nothing, for 0.05 s`,
      errno: 'ETIMEDOUT',
      hint: expect.stringContaining(`kill -CONT ${process.pid} lets it go on`),
    });
    unlock?.();
  });

  test('that falls silent in a call is named', async () => {
    const client = await connected(500);
    await expect(client.call('start', {}, any)).rejects.toMatchObject({
      code: 'SC_NO_ANSWER',
      message: 'call the monitor (process 4711): it says nothing, for 0.5 s',
    });
    client.close();
  });

  test('may take its time as long as it answers pings', async () => {
    let call: number | undefined;
    let pings = 0;
    answer = (socket, { id, operation }) => {
      if (operation === 'start') call = id;
      else say(socket, { id, result: {} });
      if (operation === 'ping') pings += 1;
      if (pings === 5) say(socket, { id: call, result: { done: true } });
    };
    const client = await connected(900);
    expect(await client.call('start', {}, any)).toEqual({ done: true });
    client.close();
  });

  test('that hangs up in a call may have done it or not', async () => {
    answer = (socket) => socket.destroy();
    const client = await connected();
    await expect(client.call('start', {}, any)).rejects.toMatchObject({
      code: 'SC_NO_ANSWER',
      name: 'ScError',
      message: 'call the monitor: it has ended before it answered',
    });
    await sleep(10);
    await expect(client.call('start', {}, any)).rejects.toMatchObject({ code: 'SC_NO_ANSWER' });
    client.close();
  });

  test('that says before that it leaves has not', async () => {
    answer = (socket) => {
      say(socket, { id: null, leaving: true });
      socket.end();
    };
    const client = await connected();
    await expect(client.call('start', {}, any)).rejects.toMatchObject({ name: 'MonitorLeft' });
    client.close();
  });

  test('whose result is none is an error', async () => {
    answer = (socket, { id }) => say(socket, { id, result: {} });
    const client = await connected();
    await expect(client.call('start', {}, none)).rejects.toMatchObject({
      code: 'SC_PROTOCOL',
      message: "start: the monitor's answer is no result",
    });
    client.close();
  });

  test('of another protocol is told what to do with, be it newer or of the same release', async () => {
    const place = await openWorkplace({ root, backend: 'native', storageDriver: 'overlay' });
    for (const theirs of ['99.0.0', release()]) {
      greeting = `${JSON.stringify({ protocol: PROTOCOL + 1, release: theirs, pid: 4711 })}\n`;
      await expect(reachMonitor(place, {})).rejects.toMatchObject({
        code: 'SC_PROTOCOL',
        message: `call the monitor: it is sc ${theirs} and speaks version ${PROTOCOL + 1} of the protocol, and this is sc ${release()} with version ${PROTOCOL}`,
        hint: `use sc ${theirs}, or end the monitor with kill 4711: containers live on`,
      });
    }
  });

  test('of a newer release and the same protocol is used', async () => {
    greeting = `${JSON.stringify({ protocol: PROTOCOL, release: '99.0.0', pid: 4711 })}\n`;
    const place = await openWorkplace({ root, backend: 'native', storageDriver: 'overlay' });
    const client = await reachMonitor(place, {});
    expect(client.greeting.release).toBe('99.0.0');
    client.close();
  });
});

test.each([
  ['0.2.0', '0.1.9', true],
  ['0.10.0', '0.9.0', true],
  ['1.0.0', '0.99.99', true],
  ['0.1.0', '0.1.0', false],
  ['0.1.0', '0.1.1', false],
  ['0.1.0-next.1', '0.1.0', false],
])('%s is newer than %s: %s', (one, other, is) => expect(isNewer(one, other)).toBe(is));
