import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ScError } from '../../src/errors/error.ts';
import { complain } from '../../src/monitor/complaints.ts';
import { MonitorServer } from '../../src/monitor/server.ts';
import { MonitorClient } from '../../src/protocol/client.ts';
import { openMonitorPlace } from '../../src/protocol/place.ts';

// It goes to the log of the monitor.
vi.mock('../../src/monitor/complaints.ts', () => ({ complain: vi.fn() }));

let directory: string;
let root: string;
let server: MonitorServer;
let heard: string[];

/** Answers `echo` with the request, `fail` with an error; `wait` waits until the oldest of those is told to go on. */
const goOn = () => waiting.shift()?.();
let waiting: (() => void)[];
/** Of the last call. */
let abort: AbortSignal;
async function perform(operation: string, request: unknown, signal: AbortSignal): Promise<object> {
  heard.push(operation);
  abort = signal;
  if (operation === 'fail') throw new ScError('SC_NOT_FOUND', 'no container "none"', { hint: 'look' });
  if (operation === 'break') throw new TypeError('a fault');
  if (operation === 'wait')
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
  return { operation, ...(request as object) };
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  // A path longer than that of a socket may be.
  root = join(directory, 'x'.repeat(120));
  mkdirSync(join(root, 'monitor'), { recursive: true, mode: 0o700 });
  chmodSync(root, 0o700);
  heard = [];
  waiting = [];
  server = new MonitorServer(root, perform, () => {});
  await server.listen();
});
afterEach(async () => {
  await server.leave();
  rmSync(directory, { recursive: true, force: true });
});

const any = Object.assign((_: unknown): boolean => true, { errors: null });

async function connected(): Promise<MonitorClient> {
  const client = await MonitorClient.connect(root);
  if (client === undefined) throw new Error('nobody listens');
  return client;
}

/** Somebody who says what he wants, and what he has heard until now. */
async function raw(): Promise<{ socket: Socket; heard: () => string; closed: Promise<unknown> }> {
  const place = openMonitorPlace(root);
  const socket = createConnection({ path: place?.path('socket') ?? '' });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  place?.close();
  await vi.waitFor(() => expect(text).toMatch(/\n$/), 30_000);
  return { socket, heard: () => text, closed };
}

describe('a call', () => {
  test('gets the result of its operation, others beside it theirs', async () => {
    const client = await connected();
    expect(client.greeting.pid).toBe(process.pid);
    const slow = client.call('wait', { n: 1 }, any);
    expect(await client.call('echo', { n: 2 }, any)).toEqual({ operation: 'echo', n: 2 });
    goOn();
    expect(await slow).toEqual({ operation: 'wait', n: 1 });
    client.close();
  });

  test('gets the error of its operation, with its hint', async () => {
    const client = await connected();
    await expect(client.call('fail', {}, any)).rejects.toMatchObject({ code: 'SC_NOT_FOUND', hint: 'look' });
    client.close();
  });

  test('hears of a fault of the monitor, which goes on', async () => {
    const client = await connected();
    await expect(client.call('break', {}, any)).rejects.toMatchObject({
      code: 'SC_INTERNAL',
      message: 'a fault of the monitor itself: a fault',
    });
    expect(complain).toHaveBeenCalledOnce();
    expect(await client.call('echo', {}, any)).toEqual({ operation: 'echo' });
    client.close();
  });

  test('of a client that has hung up is done all the same, and the monitor needed until then', async () => {
    const client = await connected();
    client.call('wait', {}, any).catch(() => {});
    await vi.waitFor(() => expect(heard).toEqual(['wait']), 30_000);
    client.close();
    await sleep(50);
    expect(server.isNeeded()).toBe(true);
    goOn();
    await vi.waitFor(() => expect(server.isNeeded()).toBe(false), 30_000);
  });
});

describe('what is no call', () => {
  const call = (more: object) => JSON.stringify({ id: 1, operation: 'echo', request: {}, ...more });
  const answers = (said: string) =>
    said
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line));
  test.each([
    ['no JSON', '{]', 'read a message: it is no JSON'],
    ['an empty line', '', 'read a message: it is no JSON'],
    ['no object', '[]', 'read a message: "" must be object'],
    ['null', 'null', 'read a message: "" must be object'],
    ['a number of another type', call({ id: '1' }), 'read a message: "id" must be integer'],
    ['a negative number', call({ id: -1 }), 'read a message: "id" must be >= 0'],
    ['an operation of another type', call({ operation: {} }), 'read a message: "operation" must be string'],
    ['a request of another type', call({ request: [] }), 'read a message: "request" must be object'],
    ['something more', call({ more: 1 }), 'read a message: "" must NOT have additional properties'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe]), 'read a message: it is no JSON'],
  ])('%s is answered with what is wrong, and hung up on', async (_, line, message) => {
    const { socket, heard: said, closed } = await raw();
    socket.write(line);
    socket.write(`\n${call({})}\n`);
    await closed;
    expect(answers(said())).toEqual([{ id: null, error: { code: 'SC_PROTOCOL', message } }]);
    expect(heard).toEqual([]);
  });

  test.each([
    ['no JSON', '{]', 'read a message: it is no JSON'],
    ['too long', 'x'.repeat((1 << 20) + 1), 'read a message: it is longer than 1048576 bytes'],
  ])(
    'calls in front of a line that is %s get their replies, and those behind it none',
    async (_, line, message) => {
      const { socket, heard: said, closed } = await raw();
      socket.write(`${call({ operation: 'wait' })}\n${call({ id: 2 })}\n${line}\n${call({ id: 3 })}\n`);
      await vi.waitFor(() => expect(said()).toContain('"id":2'), 30_000);
      goOn();
      await closed;
      expect(answers(said())).toEqual([
        { id: 2, result: { operation: 'echo' } },
        { id: 1, result: { operation: 'wait' } },
        { id: null, error: { code: 'SC_PROTOCOL', message } },
      ]);
      expect(heard).toEqual(['wait', 'echo']);
    },
  );

  test('is hung up on after a while, though a call before it has no end', { timeout: 30_000 }, async () => {
    const { socket, heard: said, closed } = await raw();
    socket.write(`${call({ operation: 'wait' })}\n{]\n`);
    await closed;
    expect(answers(said())).toEqual([
      { id: null, error: { code: 'SC_PROTOCOL', message: 'read a message: it is no JSON' } },
    ]);
    goOn();
  });

  test('a line that is too long is not read to its end', async () => {
    const { socket, heard: said, closed } = await raw();
    let written = 0;
    const write = () => {
      while (socket.writable && written < 1 << 30) {
        written += 1 << 16;
        if (!socket.write(Buffer.alloc(1 << 16, 'x'))) break;
      }
    };
    socket.on('drain', write);
    write();
    await closed;
    expect(written).toBeLessThan(16 << 20);
    expect(said()).toContain('it is longer than 1048576 bytes');
  });
});

describe('many calls of a client', () => {
  const line = (id: number, operation: string) => `${JSON.stringify({ id, operation, request: {} })}\n`;
  const count = (operation: string) => heard.filter((one) => one === operation).length;

  test('at once are begun 64 at a time, and all are answered in the end', async () => {
    const { socket, heard: said } = await raw();
    socket.write(Array.from({ length: 200 }, (_, id) => line(id, 'wait')).join(''));
    await vi.waitFor(() => expect(count('wait')).toBe(64), 30_000);
    const other = await connected();
    await other.call('echo', {}, any);
    expect(count('wait')).toBe(64);
    for (let begun = 65; begun <= 200; begun++) {
      goOn();
      await vi.waitFor(() => expect(count('wait')).toBe(begun), { interval: 1, timeout: 30_000 });
    }
    while (waiting.length > 0) goOn();
    await vi.waitFor(() => expect(said().match(/"result"/g)).toHaveLength(200), 30_000);
    socket.destroy();
    other.close();
  });

  test('that have come and are not begun are left to the next monitor', async () => {
    const { socket, heard: said, closed } = await raw();
    socket.write(Array.from({ length: 100 }, (_, id) => line(id, 'wait')).join(''));
    await vi.waitFor(() => expect(count('wait')).toBe(64), 30_000);
    const left = server.leave();
    await vi.waitFor(() => expect(said()).toContain('"leaving":true'), 30_000);
    while (waiting.length > 0) goOn();
    await Promise.all([left, closed]);
    expect(count('wait')).toBe(64);
    expect(said().match(/"result"/g)).toHaveLength(64);
    server = new MonitorServer(root, perform, () => {});
    await server.listen();
  });
});

describe('many clients', () => {
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const memory = () => {
    globalThis.gc?.();
    return process.memoryUsage().rss;
  };

  test('that hang up at once, in half a line or before the greeting, leave nothing', async () => {
    const before = descriptors();
    const place = openMonitorPlace(root);
    const path = place?.path('socket') ?? '';
    for (let round = 0; round < 50; round++)
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const socket = createConnection({ path });
          socket.on('error', () => {});
          await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
          if (index % 3 === 1) socket.write('{"id": 1, "operation": "ec');
          if (index % 3 === 2)
            await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
          socket.destroy();
        }),
      );
    place?.close();
    await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before + 2), 30_000);
    const client = await connected();
    expect(await client.call('echo', {}, any)).toEqual({ operation: 'echo' });
    client.close();
  }, 60_000);

  test('that say nothing leave room for the work, and those that have come are served', async () => {
    const first = await connected();
    const place = openMonitorPlace(root);
    const path = place?.path('socket') ?? '';
    const silent = Array.from({ length: 2000 }, () => createConnection({ path }).on('error', () => {}));
    await vi.waitFor(() => expect(silent.every(({ connecting }) => !connecting)).toBe(true), 30_000);
    expect(await first.call('echo', {}, any)).toEqual({ operation: 'echo' });
    await vi.waitFor(
      () => expect(silent.filter(({ destroyed }) => !destroyed).length).toBeLessThanOrEqual(512),
      30_000,
    );
    for (const socket of silent) socket.destroy();
    place?.close();
    first.close();
    await vi.waitFor(async () => (await connected()).close(), 30_000);
  });

  test('of which one never reads: it is not read either, and others are served', async () => {
    const { socket } = await raw();
    socket.pause();
    const before = memory();
    const line = `${JSON.stringify({ id: 1, operation: 'echo', request: { text: 'x'.repeat(1000) } })}\n`;
    let written = 0;
    for (let tries = 0; tries < 200; tries++) {
      while (socket.writableLength < 1 << 20) {
        socket.write(line.repeat(100));
        written += 100;
      }
      await sleep(1);
    }
    expect(heard.length).toBeLessThan(written);
    expect(memory() - before).toBeLessThan(64 << 20);
    const client = await connected();
    expect(await client.call('echo', {}, any)).toEqual({ operation: 'echo' });
    client.close();
    socket.destroy();
  });
});

describe('a client that says no more', () => {
  const line = `${JSON.stringify({ id: 1, operation: 'wait', request: {} })}\n`;

  test('as at the end of a pipe, still gets what it asked for', async () => {
    const { socket, heard: said, closed } = await raw();
    socket.end(line);
    await vi.waitFor(() => expect(heard).toEqual(['wait']), 30_000);
    goOn();
    await closed;
    expect(JSON.parse(said().split('\n')[1] ?? '')).toEqual({ id: 1, result: { operation: 'wait' } });
  });

  test('and is gone when that time is over is waited for by nobody', async () => {
    const { socket } = await raw();
    socket.write(line);
    await vi.waitFor(() => expect(heard).toEqual(['wait']), 30_000);
    socket.destroy();
    await vi.waitFor(() => expect(abort.aborted).toBe(true), 30_000);
    goOn();
  });
});

describe('a monitor that leaves', () => {
  test('ends what was begun, and takes nothing more', async () => {
    const client = await connected();
    const begun = client.call('wait', {}, any);
    await vi.waitFor(() => expect(heard).toEqual(['wait']), 30_000);
    const left = server.leave();
    const late = client.call('echo', {}, any);
    await sleep(50);
    goOn();
    expect(await begun).toEqual({ operation: 'wait' });
    await expect(late).rejects.toMatchObject({ name: 'MonitorLeft', code: 'SC_NO_ANSWER' });
    expect(heard).toEqual(['wait']);
    await left;
    expect(await MonitorClient.connect(root)).toBeUndefined();
    server = new MonitorServer(root, perform, () => {});
    await server.listen();
  });

  test('takes away its own socket, and none of who came after the directory was removed', async () => {
    rmSync(join(root, 'monitor'), { recursive: true });
    mkdirSync(join(root, 'monitor'), { mode: 0o700 });
    const next = new MonitorServer(root, perform, () => {});
    await next.listen();
    await server.leave();
    const client = await connected();
    expect(await client.call('echo', {}, any)).toEqual({ operation: 'echo' });
    client.close();
    server = next;
  });
});

describe('the socket', () => {
  test('is for its owner alone, in a directory that is too', () => {
    expect(statSync(join(root, 'monitor/socket')).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'monitor')).mode & 0o777).toBe(0o700);
  });

  test.each<[string, (place: string) => void, string]>([
    ['others can write to', (place) => chmodSync(place, 0o777), 'others can write to it (mode 0777)'],
    ['belongs to somebody else', (place) => chownSync(place, 1000, 1000), 'it belongs to user 1000'],
    [
      'is a link',
      (place) => {
        rmSync(place, { recursive: true });
        symlinkSync('/tmp', place);
      },
      'it is a link',
    ],
  ])('in a directory that %s is refused by both sides', async (_, spoil, reason) => {
    const other = join(directory, 'other');
    mkdirSync(join(other, 'monitor'), { recursive: true, mode: 0o700 });
    spoil(join(other, 'monitor'));
    const message = `use "${other}/monitor" for the state of containers: ${reason}`;
    expect(() => new MonitorServer(other, perform, () => {})).toThrow(message);
    await expect(MonitorClient.connect(other)).rejects.toMatchObject({ code: 'SC_HOST_UNFIT', message });
  });
});
