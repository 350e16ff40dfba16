import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { processIsAlive } from '../../src/linux/process.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { EventRecord } from '../../src/schema/operations/events.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const inspect = (name: string) => cli.json<ContainerState>('inspect', '--json', name);

/** Says what it hears, when it is ready to. */
async function start(name: string, ...flags: string[]) {
  const hear = ['HUP', 'TERM', '37'].map((signal) => `trap "echo ${signal}" ${signal}`).join('; ');
  const script = `${hear}; echo ready; while :; do sleep 0.02; done`;
  const { stderr } = await cli.sc('run', '-d', '--name', name, ...flags, './rootfs', 'sh', '-c', script);
  expect(stderr).toBe('');
  await heard(name, 'ready');
}

const heard = (name: string, word: string) =>
  eventually(async () => ((await cli.sc('logs', name)).stdout.split('\n').includes(word) ? true : undefined));

test('ends containers at once, and that is why they have ended', async () => {
  await start('one');
  await start('two', '--restart', 'always');
  expect(await cli.sc('kill', 'one', 'two')).toMatchObject({ exitCode: 0, stdout: 'one\ntwo\n', stderr: '' });
  for (const name of ['one', 'two']) {
    const { status, exit, restarts } = await inspect(name);
    expect({ status, exit }).toEqual({
      status: 'stopped',
      exit: { code: 137, signal: 'SIGKILL', cause: 'signal' },
    });
    expect(restarts?.nextAt).toBeUndefined();
  }
  expect((await cli.sc('delete', 'one', 'two')).exitCode).toBe(0);
});

test('sends any signal, by any of its names, and tells of it', async () => {
  await start('hears');
  for (const [given, word] of [
    ['HUP', 'HUP'],
    ['SIGTERM', 'TERM'],
    ['SIGRTMIN+3', '37'],
  ] as const) {
    expect((await cli.sc('kill', '--signal', given, 'hears')).exitCode).toBe(0);
    await heard('hears', word);
  }
  expect((await inspect('hears')).status).toBe('running');
  const { stdout } = await cli.sc(
    'events',
    '--json',
    '--no-follow',
    '--since',
    '0',
    '--filter',
    'type=signalled',
  );
  const signals = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as EventRecord).signal);
  expect(signals.slice(-3)).toEqual(['SIGHUP', 'SIGTERM', 'SIGRTMIN+3']);
}, 60_000);

test('reaches one in the foreground, and one that stands still', async () => {
  const foreground = cli.sc('run', '--name', 'front', './rootfs', 'sleep', '1000');
  await eventually(async () => ((await inspect('front')).status === 'running' ? true : undefined));
  expect((await cli.sc('kill', 'front')).exitCode).toBe(0);
  expect((await foreground).exitCode).toBe(137);

  await start('still');
  await cli.sc('pause', 'still');
  expect((await cli.sc('kill', 'still')).exitCode).toBe(0);
  expect((await inspect('still')).exit).toMatchObject({ code: 137, cause: 'signal' });
});

test('one that was killed has not run out of memory, though a child of it has', async () => {
  const script = '(dd if=/dev/zero of=/dev/null bs=64M count=1); echo lost; while :; do sleep 0.02; done';
  await cli.sc('run', '-d', '-m', '16m', '--name', 'short', './rootfs', 'sh', '-c', script);
  await heard('short', 'lost');
  await cli.sc('kill', 'short');
  expect((await inspect('short')).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
});

test('what a stopped keeper keeps from its end is said by each who waits for that', async () => {
  await start('held');
  const { keeper, init } = await inspect('held');
  process.kill(keeper?.pid ?? 0, 'SIGSTOP');
  try {
    const killing = cli.sc('kill', 'held');
    await eventually(() => (init && !processIsAlive(init) ? true : undefined));
    const answers = await Promise.all([
      killing,
      cli.sc('stop', '--time', '0', 'held'),
      cli.sc('delete', '--force', 'held'),
    ]);
    expect(answers.map(({ exitCode, stderr }) => `${exitCode} ${stderr.split('\n')[0]}`)).toEqual(
      ['kill', 'stop', 'delete'].map((action) => `1 sc: ${action} "held": it does not end, even by SIGKILL`),
    );
    expect(answers[0].stderr).toMatch(/\nTry: look with ps for a process in state D, or for its keeper/);
  } finally {
    process.kill(keeper?.pid ?? 0, 'SIGCONT');
  }
}, 60_000);

describe('what is refused', () => {
  test('one that does not run, each of the others being tried', async () => {
    await start('runs');
    await cli.sc('run', '--name', 'ended', './rootfs', 'true');
    const { exitCode, stdout, stderr } = await cli.sc('kill', 'ended', 'nobody', 'runs');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'runs\n' });
    expect(stderr).toContain('kill "ended": it is stopped, and must be running or paused');
    expect(stderr).toContain('no container "nobody"');
  });

  test('a signal that does not exist', async () => {
    const { exitCode, stderr } = await cli.sc('kill', '-s', 'SIGTREM', 'x');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('unknown signal "SIGTREM"; did you mean SIGTERM');
  });
});
