import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StatsResult } from '../../src/schema/operations/stats.ts';
import { parseAnswer } from '../support/answer.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { v1Hosts } from '../support/control-group-hosts.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const run = (name: string, script: string, ...flags: string[]) =>
  cli.sc('run', '-d', '--name', name, ...flags, './rootfs', 'sh', '-c', script);
const look = (...args: string[]) => cli.json<StatsResult>('stats', '--no-stream', '--json', ...args);
const busy = 'while :; do :; done';

test('tells of those that run what they take', async () => {
  await cli.sc('run', '--name', 'ended', './rootfs', 'true');
  await run('idle', 'exec sleep 1000', '-m', '64m', '--pids-limit', '20');
  await run('busy', busy);
  const { usage } = await look();
  expect(usage.map(({ name, status }) => [name, status])).toEqual([
    ['idle', 'running'],
    ['busy', 'running'],
  ]);
  const [idle, working] = usage;
  expect(idle).toMatchObject({
    memory: { limit: 64 << 20 },
    pids: { count: 1, limit: 20 },
    io: { read: expect.any(Number) },
  });
  expect(idle?.memory?.used).toBeGreaterThan(0);
  expect(working?.cpu?.percent).toBeGreaterThan((idle?.cpu?.percent ?? Number.NaN) + 1);

  const { stdout } = await cli.sc('stats', '--no-stream', '--all');
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(/^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +BLOCK I\/O +PIDS$/),
    expect.stringMatching(/^[0-9a-f]{12} +ended +-- +-- \/ -- +-- +-- \/ -- +--$/),
    expect.stringMatching(/^[0-9a-f]{12} +idle +0\.00% +[\d.]+[KM]iB \/ 64MiB +[\d.]+% +\S+B \/ \S+B +1$/),
    expect.stringMatching(/^[0-9a-f]{12} +busy +[\d.]+% +[\d.]+[KM]iB \/ [\d.]+GiB +/),
    '',
  ]);
});

test('those that are named come in their order, a name that nobody has is an error before any look', async () => {
  await run('first', 'exec sleep 1000');
  await run('second', 'exec sleep 1000');
  const { usage } = await look('second', 'first', 'second');
  expect(usage.map(({ name }) => name)).toEqual(['second', 'first']);
  expect(await cli.sc('stats', 'first', 'nobody')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining('no container "nobody"'),
  });
});

test('a paused one takes no time', async () => {
  await run('still', busy);
  await cli.sc('pause', 'still');
  expect((await look('still')).usage).toMatchObject([{ status: 'paused', cpu: { percent: 0 } }]);
});

describe('look after look', () => {
  /** Reads lines until there are so many. */
  async function lines(child: ReturnType<typeof spawn>, count: number): Promise<string[]> {
    let text = '';
    child.stdout?.on('data', (chunk) => {
      text += chunk;
    });
    return eventually(() => (text.split('\n').length > count ? text.split('\n').slice(0, count) : undefined));
  }
  const start = (...args: string[]) =>
    spawn(cli.executable, ['stats', ...args], { env: { ...process.env, ...cli.options.env } });

  test('goes on in a pipe until it is interrupted, with an object a line as JSON', async () => {
    await run('idle', 'exec sleep 1000');
    const child = start('--json');
    for (const line of await lines(child, 2)) expect(parseAnswer<StatsResult>(line).usage).toHaveLength(1);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
  });

  test('shows who comes and who goes', async () => {
    const child = start('--json');
    let names: string[][] = [];
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const whole = text.split('\n').slice(0, -1);
      names = whole.map((line) => parseAnswer<StatsResult>(line).usage.map(({ name }) => name));
    });
    await eventually(() => (names.at(-1)?.length === 0 ? true : undefined));
    await run('guest', 'exec sleep 1000');
    await eventually(() => (names.at(-1)?.join() === 'guest' ? true : undefined));
    await cli.sc('delete', '--force', 'guest');
    await eventually(() => (names.at(-1)?.length === 0 ? true : undefined));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([143, null]);
  });

  test('ends when those that were named are gone', async () => {
    await run('short', 'exec sleep 1000', '--rm');
    const child = start('short', '--json');
    const ended = once(child, 'exit');
    await lines(child, 1);
    await cli.sc('stop', '--time', '0', 'short');
    expect(await ended).toEqual([0, null]);
  });

  test('ends when nobody reads any more', async () => {
    await run('idle', 'exec sleep 1000');
    const { exitCode, stdout } = await execa(
      'sh',
      ['-c', '"$0" stats | head -1', cli.executable],
      cli.options,
    );
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^CONTAINER ID .*PIDS\n$/),
    });
  });
});

describe('on a terminal', () => {
  test('each look takes the place of the one before, and nothing of the terminal is changed', async () => {
    const terminal = openTerminal({ rows: 3, columns: 40 });
    try {
      for (const name of ['one', 'two', 'three']) await run(name, 'exec sleep 1000');
      const modes = async () => (await execa('stty', ['-a', '-F', terminal.path])).stdout;
      const before = await modes();
      const { slave } = terminal;
      const child = spawn('setsid', ['--ctty', '--wait', cli.executable, 'stats'], {
        env: { ...process.env, ...cli.options.env },
        stdio: [slave, slave, slave],
      });
      const ended = once(child, 'exit');
      await eventually(() => (terminal.seen().split('\x1b[H').length > 3 ? true : undefined));
      const [clear, first = ''] = terminal.seen().split('\x1b[H');
      expect(clear).toBe('\x1b[2J');
      expect(first.split('\r\n')).toEqual([
        expect.stringContaining('CONTAINER ID  NAME '),
        '... 3 more\x1b[K',
        '\x1b[J',
      ]);
      terminal.type('\x03');
      expect((await ended)[0]).toBe(130);
      expect(await modes()).toBe(before);
      // Modes of the terminal, such as a hidden cursor.
      expect(terminal.seen()).not.toContain('\x1b[?');
    } finally {
      terminal.close();
    }
  });

  test('it ends with the terminal', async () => {
    await run('idle', 'exec sleep 1000');
    const terminal = openTerminal({ rows: 10, columns: 80 });
    const { slave } = terminal;
    const child = spawn('setsid', ['--ctty', '--wait', cli.executable, 'stats'], {
      env: { ...process.env, ...cli.options.env },
      stdio: [slave, slave, slave],
    });
    const ended = once(child, 'exit');
    await eventually(() => (terminal.seen().includes('idle') ? true : undefined));
    terminal.close();
    expect((await ended)[0]).toBe(129);
  });
});

test.each(v1Hosts)('a host %s tells the same', async (_, [program = '', ...words]) => {
  const onV1 = (...args: string[]) => execa(program, [...words, cli.executable, ...args], cli.options);
  const runner = onV1('run', '--name', 'old', '-m', '64m', './rootfs', 'sh', '-c', busy);
  const usage = await eventually(async () => {
    const { stdout } = await onV1('stats', '--no-stream', '--json');
    const [usage] = parseAnswer<StatsResult>(stdout).usage;
    return usage?.cpu?.percent === undefined ? undefined : usage;
  });
  expect(usage.cpu?.percent).toBeGreaterThan(1);
  expect(usage).toMatchObject({
    memory: { limit: 64 << 20 },
    pids: { count: 1 },
    io: { read: expect.any(Number) },
  });
  await cli.sc('delete', '--force', 'old');
  expect((await runner).exitCode).toBe(137);
});
