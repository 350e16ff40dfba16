import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
beforeEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(async () => {
  await cli.sc('delete', '--all', '--force');
  await cli.remove();
});

const inspect = (name: string) => cli.json<ContainerState>('inspect', name);
const ended = (name: string) =>
  eventually(async () => {
    const state = await inspect(name);
    return state.status === 'stopped' ? state : undefined;
  });
const logOf = async (name: string) => {
  const { id } = await inspect(name);
  return readFileSync(join(cli.root, 'containers', id, 'log/data'), 'utf8');
};

describe('sc run -d', () => {
  test('prints the ID at once, and the container lives on', async () => {
    const { exitCode, stdout, stderr } = await cli.sc(
      ...['run', '-d', '--name', 'web', './rootfs', 'sh', '-c', 'echo up; sleep 1000'],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(await inspect('web')).toMatchObject({ id: stdout.trim(), status: 'running', detached: true });
    expect(await logOf('web')).toBe('up\n');
  });

  test('answers an object with --json', async () => {
    expect(await cli.json('run', '-d', '--json', '--name', 'web', './rootfs', 'true')).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: 'web',
    });
  });

  test('records how it ends, with what it wrote', async () => {
    await cli.sc('run', '-d', '--name', 'job', './rootfs', 'sh', '-c', 'echo out; echo err >&2; exit 7');
    expect(await ended('job')).toMatchObject({ exit: { code: 7, cause: 'exit' } });
    expect(await logOf('job')).toBe('out\nerr\n');
  });

  test('deletes it when it has ended, with --rm', async () => {
    const starts = Array.from({ length: 8 }, (_, index) =>
      cli.sc('run', '-d', '--rm', '--name', `gone-${index}`, './rootfs', 'true'),
    );
    for (const start of starts) expect(await start).toMatchObject({ exitCode: 0, stderr: '' });
    await eventually(async () => {
      const { containers } = await cli.json<ListResult>('ps', '--all', '--json');
      return containers.length === 0 ? true : undefined;
    });
    expect(readdirSync(join(cli.root, 'storage/overlay')).filter((name) => !name.startsWith('.'))).toEqual(
      [],
    );
  });

  test('fails as the program does that cannot be started, and leaves nothing', async () => {
    expect(await cli.sc('run', '-d', '--name', 'none', './rootfs', 'no-such-program')).toMatchObject({
      exitCode: 127,
      stdout: '',
      stderr: expect.stringMatching(/^sc: execute "no-such-program": ENOENT/),
    });
    expect(await cli.json('ps', '--all', '--json')).toEqual({ containers: [], broken: [] });
  });
});

test.each(['run', 'run -d'])('sc %s says so where the working directory is gone', async (command) => {
  const script = `mkdir gone && cd gone && rmdir ../gone && exec ${cli.executable} ${command} host true`;
  expect(await execa('sh', ['-c', script], cli.options)).toMatchObject({
    exitCode: 125,
    stdout: '',
    // Before it stands what the shell says that starts sc.
    stderr: expect.stringMatching(
      /sc: find the working directory: it has been removed\nTry: change to a directory that is there, .*\n$/,
    ),
  });
  expect(await cli.json('ps', '--all', '--json')).toEqual({ containers: [], broken: [] });
});

test('without a log nothing is kept when it has ended', async () => {
  await cli.sc(
    'run',
    '-d',
    '--name',
    'quiet',
    '--log-driver',
    'none',
    './rootfs',
    'sh',
    '-c',
    'echo secret; sleep 9',
  );
  const { id } = await inspect('quiet');
  expect(existsSync(`/run/sc/log-${id}`)).toBe(true);
  await cli.sc('stop', '--time', '0', 'quiet');
  expect(existsSync(`/run/sc/log-${id}`)).toBe(false);
  expect(existsSync(join(cli.root, 'containers', id, 'log'))).toBe(false);
});

describe('sc stop', () => {
  const trap = 'trap "echo stopping; exit 5" TERM; echo up; while :; do sleep 0.02; done';

  test('asks with the stop signal, and says why it ended', async () => {
    await cli.sc('run', '-d', '--name', 'web', './rootfs', 'sh', '-c', trap);
    await eventually(async () => ((await logOf('web')) === 'up\n' ? true : undefined));
    expect(await cli.sc('stop', 'web')).toMatchObject({ exitCode: 0, stdout: 'web\n', stderr: '' });
    expect(await inspect('web')).toMatchObject({ status: 'stopped', exit: { code: 5, cause: 'stopped' } });
    expect(await logOf('web')).toBe('up\nstopping\n');
  });

  test('kills what does not end in time', async () => {
    await cli.sc(
      'run',
      '-d',
      '--name',
      'web',
      './rootfs',
      'sh',
      '-c',
      'trap "" TERM; while :; do sleep 1; done',
    );
    expect(await cli.sc('stop', '--time', '0.1', 'web')).toMatchObject({ exitCode: 0 });
    expect((await inspect('web')).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'stopped' });
  });

  test('says at a terminal what it waits for, when that takes its time', async () => {
    await cli.sc('run', '-d', '--name', 'deaf', './rootfs', 'sh', '-c', 'trap "" TERM; sleep 1000');
    const terminal = openTerminal();
    try {
      const { ended } = terminal.start(cli, 'stop', '--time', '2', 'deaf');
      await terminal.shows('sc: waiting for "deaf" to end, for 2 s at most');
      expect(await ended).toBe(0);
    } finally {
      terminal.close();
    }
  });

  test('has no effect on what has stopped, and tries each', async () => {
    await cli.sc('run', '--name', 'done', './rootfs', 'true');
    expect(await cli.sc('stop', 'done', 'neither')).toMatchObject({
      exitCode: 1,
      stdout: 'done\n',
      stderr: expect.stringContaining('no container "neither"'),
    });
    expect((await inspect('done')).exit).toEqual({ code: 0, cause: 'exit' });
  });

  test('needs no monitor', async () => {
    await cli.sc('run', '-d', '--name', 'web', './rootfs', 'sleep', '1000');
    const { runner } = await inspect('web');
    process.kill(runner.pid, 'SIGKILL');
    expect(await cli.sc('stop', '--time', '0', 'web')).toMatchObject({ exitCode: 0, stdout: 'web\n' });
    expect(await inspect('web')).toMatchObject({ status: 'stopped', exit: { cause: 'stopped' } });
  });
});

describe('sc start', () => {
  test('goes on with what the container had written', async () => {
    await cli.sc('run', '--name', 'counter', './rootfs', 'sh', '-c', 'echo x >> /count; cat /count');
    expect(await cli.sc('start', 'counter')).toMatchObject({ exitCode: 0, stdout: 'counter\n', stderr: '' });
    await ended('counter');
    expect(await logOf('counter')).toBe('x\nx\n');
  });

  test('has no effect on what runs, and tries each', async () => {
    await cli.sc('run', '-d', '--name', 'web', './rootfs', 'sleep', '1000');
    const { keeper } = await inspect('web');
    expect(await cli.sc('start', 'web', 'neither')).toMatchObject({
      exitCode: 1,
      stdout: 'web\n',
      stderr: expect.stringContaining('no container "neither"'),
    });
    expect((await inspect('web')).keeper).toEqual(keeper);
  });
});

describe('a Container of a file', () => {
  const file = (args: readonly string[]) =>
    cli.write(
      'web.yaml',
      `apiVersion: standard-container/v1
kind: Container
metadata: { name: web }
image: ./rootfs
process: { args: ${JSON.stringify(args)} }
`,
    );

  test('is kept running, and left alone by a second apply', async () => {
    expect(await cli.sc('apply', file(['sleep', '1000']))).toMatchObject({ exitCode: 0 });
    const first = await inspect('web');
    expect(first.status).toBe('running');
    expect(await cli.sc('plan', file(['sleep', '1000']))).toMatchObject({ exitCode: 0 });
    expect(await cli.sc('apply', file(['sleep', '1000']))).toMatchObject({ exitCode: 0 });
    expect(await inspect('web')).toEqual(first);
  });

  test('is started again by an apply after it has stopped', async () => {
    await cli.sc('apply', file(['sleep', '1000']));
    await cli.sc('stop', '--time', '0', 'web');
    expect(await cli.sc('plan', file(['sleep', '1000']))).toMatchObject({ exitCode: 3 });
    await cli.sc('apply', file(['sleep', '1000']));
    expect((await inspect('web')).status).toBe('running');
  });
});

test('a restart policy starts it again, and no more than it says', async () => {
  await cli.sc(
    ...[
      'run',
      '-d',
      '--name',
      'bad',
      '--restart',
      'on-failure:2',
      './rootfs',
      'sh',
      '-c',
      'echo try; exit 3',
    ],
  );
  const state = await eventually(async () => {
    const now = await inspect('bad');
    return now.status === 'stopped' && now.restarts?.total === 2 ? now : undefined;
  });
  expect(state.exit).toEqual({ code: 3, cause: 'exit' });
  // It waits for no other.
  expect(state.restarts).toEqual({ total: 2, inARow: 2 });
  expect(await logOf('bad')).toBe('try\ntry\ntry\n');
});
