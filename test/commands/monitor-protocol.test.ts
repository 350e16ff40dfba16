import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROTOCOL, release } from '../../src/protocol/release.ts';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
let say: (message: object | string) => Promise<{ [key: string]: unknown }>;
let greeting: unknown;
let hangUp: () => void;

beforeAll(async () => {
  cli = makeCommandLine();
  await cli.sc('run', '-d', '--name', 'web', './rootfs', 'sleep', '1000');
  const socket = createConnection(join(cli.root, 'monitor/socket'));
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const hear = async () => JSON.parse((await lines.next()).value ?? 'null');
  greeting = await hear();
  say = (message) => {
    socket.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
    return hear();
  };
  hangUp = () => socket.destroy();
});
afterAll(async () => {
  hangUp();
  await cli.sc('delete', '--all', '--force');
  await cli.remove();
});

let calls = 0;
/** The result, or the error, of one call. */
async function call(operation: string, request: object): Promise<unknown> {
  calls += 1;
  const { id, result, error } = await say({ id: calls, operation, request });
  expect(id).toBe(calls);
  return result ?? { error };
}

const containers = ['web'];
const web = { id: expect.stringMatching(/^[0-9a-f]{64}$/), name: 'web' };
const done = { containers: [web], failures: [] };

describe('a program that knows no more than the protocol', () => {
  test('is greeted', () => {
    expect(greeting).toEqual({ protocol: PROTOCOL, release: release(), pid: expect.any(Number) });
  });

  test.each<[string, object, unknown]>([
    ['ping', {}, {}],
    ['adopt', {}, {}],
    ['inspect', { container: 'web' }, { ...web, status: 'running' }],
    ['update', { containers, resources: { pids: 50 } }, done],
    ['pause', { containers }, done],
    ['list', {}, { containers: [{ ...web, status: 'paused' }], broken: [] }],
    ['resume', { containers }, done],
    ['top', { container: 'web' }, { ...web, processes: [{ command: ['sleep', '1000'] }] }],
    ['stats', { containers }, { usage: [{ ...web, status: 'running' }] }],
    ['kill', { containers, signal: 18 }, done],
    ['restart', { containers, timeout: 0 }, done],
    ['stop', { containers, timeout: 0 }, done],
    ['wait', { containers }, { containers: [{ ...web, exit: { code: 137 } }], failures: [] }],
    ['list', {}, { containers: [], broken: [] }],
    ['list', { all: true }, { containers: [{ ...web, exit: { code: 137, cause: 'stopped' } }] }],
    ['start', { containers }, done],
    ['delete', { containers }, { containers: [], failures: [{ error: { code: 'SC_WRONG_STATE' } }] }],
    ['delete', { containers, force: true }, done],
  ])('has %s done with %j', async (operation, request, result) => {
    expect(await call(operation, request)).toMatchObject(result as object);
  });
});

describe('a container that is run by a request', () => {
  const document = {
    apiVersion: 'standard-container/v1',
    kind: 'Container',
    metadata: { name: 'made' },
    image: './rootfs',
    process: { args: ['sleep', '1000'] },
  };
  const run = (changes: object, more = {}) =>
    call('run', { document: { ...document, ...changes }, directory: cli.directory, ...more });

  test('lives on in the care of the monitor', async () => {
    expect(await run({})).toEqual({ ...web, name: 'made' });
    const made = await call('inspect', { container: 'made' });
    expect(made).toMatchObject({ status: 'running', detached: true, spec: { removeOnExit: false } });
    await call('delete', { containers: ['made'], force: true });
  });

  test('has a name of its ID where nobody gave it one, and is deleted when it ends where it is to be', async () => {
    const made = (await run(
      { metadata: undefined, process: { args: ['true'] } },
      { removeOnExit: true },
    )) as {
      id: string;
      name: string;
    };
    expect(made.name).toBe(made.id.slice(0, 12));
    const { containers: ended } = (await call('wait', { containers: [made.id], condition: 'removed' })) as {
      containers: object[];
    };
    expect(ended).toMatchObject([made]);
  });

  test.each<[string, object, object]>([
    [
      'a document with mistakes, of which each is told',
      { imag: 'host', process: { args: [] } },
      {
        code: 'SC_BAD_FILE',
        problems: [
          { path: 'imag', file: 'request' },
          { path: 'process.args', file: 'request' },
        ],
      },
    ],
    ['what ends with its caller', { kind: 'Job' }, { code: 'SC_UNSUPPORTED', hint: 'kind: Container' }],
    ['a name that another has', { metadata: { name: 'taken' } }, { code: 'SC_EXISTS' }],
    ['a program that is not there', { process: { args: ['/nowhere'] } }, { errno: 'ENOENT' }],
  ])('is refused as %s, and nothing of it stays', async (_, changes, error) => {
    await run({ metadata: { name: 'taken' } });
    const before = await call('list', { all: true });
    expect(await run(changes)).toMatchObject({ error });
    expect(await call('list', { all: true })).toEqual(before);
    await call('delete', { containers: ['taken'], force: true });
  });
});

describe('what is no call of an operation', () => {
  test.each<[string, object, object]>([
    ['inspect', { container: 'none' }, { code: 'SC_NOT_FOUND', message: 'no container "none"' }],
    ['fly', {}, { code: 'SC_PROTOCOL', message: 'the monitor has no operation "fly"' }],
    ['constructor', {}, { code: 'SC_PROTOCOL' }],
    [
      'stop',
      { containers: 'web' },
      { code: 'SC_PROTOCOL', message: expect.stringContaining('"containers"') },
    ],
    [
      'stop',
      { containers, signal: 65 },
      { code: 'SC_PROTOCOL', message: 'stop: the request is none: "signal" must be <= 64' },
    ],
    ['delete', { containers, forced: true }, { code: 'SC_PROTOCOL' }],
    ['run', { document: {}, directory: 'here' }, { code: 'SC_PROTOCOL' }],
  ])('%s with %j is told what is wrong, and the next is heard', async (operation, request, error) => {
    expect(await call(operation, request)).toMatchObject({ error });
    expect(await call('ping', {})).toEqual({});
  });
});

test('the session of the page about the protocol is as it stands there', async () => {
  await cli.sc('run', '-d', '--name', 'hello', './rootfs', 'sleep', '1000');
  const page = readFileSync(join(dirname(import.meta.dirname), '../docs/monitor-protocol.md'), 'utf8');
  const program = cli.write('session.mjs', /```js\n(.*?)```/s.exec(page)?.[1] ?? '');
  const { stdout } = await execa('node', [program, join(cli.root, 'monitor/socket')], { cwd: cli.directory });
  const shown = /prints:\n\n((?: {4}.*\n)+)/.exec(page)?.[1]?.replaceAll(/^ {4}/gm, '').trim();
  const steady = (text = '') => text.replaceAll(/[0-9a-f]{64}|"pid":\d+|"release":"[^"]*"/g, '...');
  expect(steady(stdout)).toBe(steady(shown));
});
