import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseCapabilityLine } from '../../src/linux/kernel.ts';
import { pipe } from '../../src/linux/pipe.ts';
import { processReference } from '../../src/linux/process.ts';
import { LOG_DIRECTORY } from '../../src/logging/layout.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { LogRecord } from '../../src/schema/operations/logs.ts';
import { openStore, type Store } from '../../src/state/store.ts';
import { parseAnswer } from '../support/answer.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { LogWriter } from '../support/log-writer.ts';
import { newState } from '../support/states.ts';

const SECOND = 1_000_000_000n;

let cli: ReturnType<typeof makeCommandLine>;
let store: Store;
let state: ContainerState;
let log: LogWriter;

beforeAll(async () => {
  cli = makeCommandLine();
  store = await openStore(cli.root);
});
afterAll(() => cli.remove());

/** A container that this process runs, as far as its record says, with nothing in its log. */
beforeEach(async () => {
  state = await make('file', { status: 'running' });
  log = new LogWriter(join(store.directory(state.id), LOG_DIRECTORY), { maxSize: 5000, maxFiles: 3 });
});
afterEach(async () => {
  log.close();
  await store.remove(state.id);
});

async function make(driver: 'file' | 'none', changes: Partial<ContainerState> = {}): Promise<ContainerState> {
  const { spec, ...whole } = newState(changes);
  const made = { ...whole, spec: { ...spec, logging: { ...spec.logging, driver } } };
  await store.create(made);
  return made;
}

const end = () =>
  store.update(state.id, (now) => ({ ...now, status: 'stopped', exit: { code: 0, cause: 'exit' } }));

/** Follows with these flags; what it has printed until now. */
function follow(...flags: string[]) {
  const child = spawn(cli.executable, ['logs', '--follow', ...flags, state.name], {
    env: { ...process.env, ...cli.options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    err += bytes;
  });
  return {
    child,
    seen: (text: string) => eventually(() => (out.includes(text) ? true : undefined)),
    ended: async () => {
      const [code, signal] = await once(child, 'close');
      return { code, signal, out, err };
    },
  };
}

describe('sc logs', () => {
  test('prints what went to each stream to that stream, byte by byte', async () => {
    const bytes = Buffer.from([0, 0xff, 0x0a, 0xc3, 0x0d, 0x0a, 0x1b]);
    log.write('stdout', bytes, 1n);
    log.write('stderr', 'oops\n', 2n);
    log.write('stdout', bytes, 3n);
    const { stdout, stderr, exitCode } = await execa(cli.executable, ['logs', state.name], {
      ...cli.options,
      encoding: 'buffer',
    });
    expect({ exitCode, out: Buffer.from(stdout), err: Buffer.from(stderr) }).toEqual({
      exitCode: 0,
      out: Buffer.concat([bytes, bytes]),
      err: Buffer.from('oops\n'),
    });
  });

  test('--timestamps puts the time at which it was begun before each line', async () => {
    log.write('stdout', 'one\ntw', 1n * SECOND);
    log.write('stderr', 'err\n', 2n * SECOND);
    log.write('stdout', 'o\nkilled', 3n * SECOND + 7n);
    log.mark(4n * SECOND);
    log.write('stdout', 'again', 5n * SECOND);
    expect(await cli.sc('logs', '--timestamps', state.name)).toMatchObject({
      stdout: [
        '1970-01-01T00:00:01.000000000Z one',
        '1970-01-01T00:00:01.000000000Z two',
        '1970-01-01T00:00:03.000000007Z killed',
        '1970-01-01T00:00:05.000000000Z again',
      ].join('\n'),
      stderr: '1970-01-01T00:00:02.000000000Z err\n',
    });
  });

  test('--json prints a record a line', async () => {
    log.write('stdout', 'one\n', 1n);
    log.write('stderr', Buffer.from([0xff]), 2n);
    log.write('stdout', 'two', 3n);
    const { stdout } = await cli.sc('logs', '--json', state.name);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => parseAnswer<LogRecord>(line));
    expect(records).toEqual([
      { log: 'one\n', stream: 'stdout', time: '1970-01-01T00:00:00.000000001Z' },
      { log: 'two', stream: 'stdout', time: '1970-01-01T00:00:00.000000003Z' },
      { logBase64: '/w==', stream: 'stderr', time: '1970-01-01T00:00:00.000000002Z' },
    ]);
  });

  test.each([
    [['--tail', '1'], 'three\n', ''],
    [['-n', '2'], 'three\n', 'two\n'],
    [['-n2'], 'three\n', 'two\n'],
    [['--tail', '0'], '', ''],
    [['--tail', 'all'], 'one\nthree\n', 'two\n'],
    [['--tail', '1', '--stream', 'stderr'], '', 'two\n'],
    [['--stream', 'stdout'], 'one\nthree\n', ''],
    [['--since', '2'], 'three\n', 'two\n'],
    [['--since', '1970-01-01T01:00:02.000000001+01:00'], 'three\n', ''],
    [['--until', '1970-01-01T00:00:02Z'], 'one\n', 'two\n'],
    [['--since', '2', '--until', '2.5'], '', 'two\n'],
    [['--since', '10m'], '', ''],
  ])('%j', async (flags, stdout, stderr) => {
    for (const [index, [stream, line]] of (
      [
        ['stdout', 'one\n'],
        ['stderr', 'two\n'],
        ['stdout', 'three\n'],
      ] as const
    ).entries()) {
      log.write(stream, line, BigInt(index + 1) * SECOND);
    }
    expect(await cli.sc('logs', ...flags, state.name)).toMatchObject({ exitCode: 0, stdout, stderr });
  });

  test('takes a duration before now', async () => {
    const now = BigInt(Date.now()) * 1_000_000n;
    log.write('stdout', 'before\n', now - 7200n * SECOND);
    log.write('stdout', 'since\n', now - 60n * SECOND);
    expect((await cli.sc('logs', '--since', '1h30m', state.name)).stdout).toBe('since\n');
    expect((await cli.sc('logs', '--until', '1h30m', state.name)).stdout).toBe('before\n');
  });

  test('finds the container by the beginning of its ID too', async () => {
    log.write('stdout', 'hello\n', 1n);
    expect((await cli.sc('logs', state.id.slice(0, 12))).stdout).toBe('hello\n');
  });

  test('of a container that has written nothing prints nothing', async () => {
    const made = await make('file', { status: 'created', detached: true });
    expect(await cli.sc('logs', made.name)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(await cli.sc('logs', '-f', made.name)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    await store.remove(made.id);
  });

  test('ends quietly when nobody reads any more', async () => {
    for (let count = 0; count < 20; count++) log.write('stdout', 'x'.repeat(150), BigInt(count));
    const { stdout, stderr } = await execa(
      'sh',
      ['-c', `"$0" logs ${state.name} | head -c 10; echo`, cli.executable],
      cli.options,
    );
    expect({ stdout, stderr }).toEqual({ stdout: `${'x'.repeat(10)}\n`, stderr: '' });
  });

  test('says what is damaged, and prints the rest', async () => {
    log.write('stdout', 'whole\n', 1n);
    appendFileSync(join(log.directory, 'index'), Buffer.alloc(32, 0xff));
    expect(await cli.sc('logs', state.name)).toMatchObject({
      exitCode: 0,
      stdout: 'whole\n',
      stderr: `sc: "${state.name}": some of its log is damaged and left out\n`,
    });
  });
});

describe('sc logs says', () => {
  test('that a container keeps none', async () => {
    const made = await make('none');
    expect(await cli.sc('logs', made.name)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: `sc: read the log of "${made.name}": nothing is kept, since its logging driver is none\nTry: run it with -d, and with --log-driver file\n`,
    });
    expect(await cli.json('logs', '--json', made.name)).toMatchObject({ error: { code: 'SC_UNSUPPORTED' } });
    await store.remove(made.id);
  });

  test('that what a container wrote went to who ran it', async () => {
    const made = await make('file');
    rmSync(join(store.directory(made.id), 'log'), { recursive: true, force: true });
    expect(await cli.sc('logs', made.name)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('nothing is kept, since what it wrote went to who ran it\n'),
    });
    await store.remove(made.id);
  });

  test('that there is no such container', async () => {
    expect(await cli.sc('logs', 'nobody')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^sc: no container "nobody"/),
    });
  });

  test.each([
    [['--since', 'yesterday'], 'sc: read a log from or to "yesterday": it is no time\n'],
    [['--since', '2024-05-01'], 'sc: read a log from or to "2024-05-01": it has no zone\n'],
    [
      ['--until', '2024-02-30T00:00:00Z'],
      'sc: read a log from or to "2024-02-30T00:00:00Z": it is no time\n',
    ],
    [['--tail', 'many'], 'sc: --tail: found "many"; expected a number of lines, or all\n'],
    [['--stream', 'stdin'], 'sc: expected --stream=stdin to be one of: stdout, stderr\n'],
  ])('what is wrong with %j', async (flags, words) => {
    const { exitCode, stderr } = await cli.sc('logs', ...flags, state.name);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(words) });
  });
});

describe('sc logs --follow', () => {
  test('prints what is written as it comes, until the container has stopped', async () => {
    log.write('stdout', 'before\n', 1n);
    const reader = follow();
    await reader.seen('before\n');
    log.write('stdout', 'name? ', 2n);
    await reader.seen('name? ');
    log.write('stderr', 'last words', 3n);
    await end();
    expect(await reader.ended()).toEqual({
      code: 0,
      signal: null,
      out: 'before\nname? ',
      err: 'last words',
    });
  });

  test('goes on while the container is to be started again', async () => {
    const reader = follow();
    log.write('stdout', 'first\n', 1n);
    await reader.seen('first\n');
    const restarts = { total: 1, inARow: 1, nextAt: '2024-05-01T12:00:03.350Z' };
    await store.update(state.id, (now) => ({
      ...now,
      status: 'stopped',
      exit: { code: 1, cause: 'exit' },
      restarts,
    }));
    log.mark(2n);
    log.write('stdout', 'second\n', 3n);
    await reader.seen('second\n');
    await store.update(state.id, ({ restarts: _, ...now }) => now);
    expect(await reader.ended()).toMatchObject({ code: 0, out: 'first\nsecond\n' });
  });

  test('ends when nobody tends the container any more', async () => {
    const child = spawn('sleep', ['1000']);
    const runner = processReference(child.pid ?? 0);
    await store.update(state.id, (now) => ({ ...now, runner }));
    const reader = follow();
    log.write('stdout', 'hello\n', 1n);
    await reader.seen('hello\n');
    child.kill('SIGKILL');
    expect(await reader.ended()).toMatchObject({ code: 0, out: 'hello\n', err: '' });
  });

  test('ends when the container is deleted', async () => {
    const reader = follow();
    log.write('stdout', 'hello\n', 1n);
    await reader.seen('hello\n');
    await store.remove(state.id);
    expect(await reader.ended()).toMatchObject({ code: 0, out: 'hello\n', err: '' });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends with %s and its code', async (signal, code) => {
    const reader = follow();
    log.write('stdout', 'hello\n', 1n);
    await reader.seen('hello\n');
    reader.child.kill(signal);
    expect(await reader.ended()).toEqual({ code, signal: null, out: 'hello\n', err: '' });
  });

  test('ends at the second signal, though nobody reads what it prints', async () => {
    log.close();
    log = new LogWriter(log.directory);
    log.write('stdout', Buffer.alloc(1_000_000, 'x'), 1n);
    const { read, write } = pipe();
    const child = spawn(cli.executable, ['logs', '--follow', state.name], {
      env: { ...process.env, ...cli.options.env },
      stdio: ['ignore', write, 'ignore'],
    });
    closeSync(write);
    const proc = `/proc/${child.pid}`;
    const waits = () => globSync(`${proc}/task/*/wchan`).map((file) => readFileSync(file, 'utf8'));
    await eventually(() => (waits().some((place) => place.endsWith('pipe_write')) ? true : undefined));
    child.kill('SIGINT');
    const caught = () => parseCapabilityLine(readFileSync(`${proc}/status`, 'utf8'), 'SigCgt');
    await eventually(() => ((caught() & 2n) === 0n ? true : undefined));
    const ended = once(child, 'close');
    child.kill('SIGINT');
    expect(await ended).toEqual([null, 'SIGINT']);
    closeSync(read);
  });

  test('says when it was too slow for the rotation', async () => {
    const reader = follow('--json');
    log.write('stdout', 'hello\n', 1n);
    await reader.seen('hello\\n');
    reader.child.kill('SIGSTOP');
    for (let count = 0; count < 100; count++) log.write('stdout', `${'.'.repeat(1000)}\n`, 2n);
    log.write('stdout', 'end\n', 3n);
    reader.child.kill('SIGCONT');
    await reader.seen('end\\n');
    await end();
    const { out, err } = await reader.ended();
    expect(err).toBe(`sc: "${state.name}": some of its log may have been rotated away before it was read\n`);
    for (const line of out.trimEnd().split('\n')) parseAnswer<LogRecord>(line);
  });
});
