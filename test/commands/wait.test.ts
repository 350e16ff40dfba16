import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { WaitResult } from '../../src/schema/operations/wait.ts';
import { parseAnswer } from '../support/answer.ts';
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

/** A detached container that ends with a code when it hears SIGTERM, for which it is ready. */
async function detached(name: string, code = 0, ...flags: string[]) {
  const { stdout } = await cli.sc(
    ...['run', '-d', '--name', name, ...flags, './rootfs', 'sh', '-c'],
    `trap "exit ${code}" TERM; touch /ready; while :; do sleep 0.02; done`,
  );
  const ready = join('store/storage/overlay', stdout.trim(), 'upper/ready');
  await eventually(() => (cli.exists(ready) ? true : undefined));
}

/** A wait that has begun: it listens for what is told. */
async function waitFor(...args: string[]) {
  const waiting = execa(cli.executable, ['wait', ...args], cli.options);
  const listens = () =>
    readdirSync(`/proc/${waiting.pid}/fd`).some(
      (descriptor) => linkOf(`/proc/${waiting.pid}/fd/${descriptor}`) === 'anon_inode:inotify',
    );
  await eventually(() => (listens() ? true : undefined));
  return { outcome: waiting };
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Closed meanwhile.
    return undefined;
  }
}

test('prints the codes in the order of the arguments, of those that have ended and those that run', async () => {
  await cli.sc('run', '--name', 'ended', './rootfs', 'sh', '-c', 'exit 3');
  await detached('running', 7);
  const { outcome } = await waitFor('running', 'ended');
  await cli.sc('stop', 'running');
  expect(await outcome).toMatchObject({ exitCode: 0, stdout: '7\n3\n', stderr: '' });
  expect(await cli.json<WaitResult>('wait', '--json', 'ended')).toEqual({
    containers: [{ id: (await inspect('ended')).id, name: 'ended', exit: { code: 3, cause: 'exit' } }],
    failures: [],
  });
});

test('all who wait agree, also on one that is deleted at its end', async () => {
  await detached('gone', 5, '--rm');
  const waiting = await Promise.all(Array.from({ length: 5 }, () => waitFor('gone')));
  const removed = await waitFor('--json', '--condition', 'removed', 'gone');
  await cli.sc('stop', 'gone');
  for (const { outcome } of waiting) expect(await outcome).toMatchObject({ exitCode: 0, stdout: '5\n' });
  expect(parseAnswer<WaitResult>((await removed.outcome).stdout).containers).toMatchObject([
    { name: 'gone', exit: { code: 5 } },
  ]);
});

test('a deletion by force is an end', async () => {
  await detached('forced');
  const { outcome } = await waitFor('forced');
  await cli.sc('delete', '--force', 'forced');
  expect(await outcome).toMatchObject({ exitCode: 0, stdout: '137\n' });
});

test('the end is noticed with monitor and keeper dead, and nobody knows its code then', async () => {
  await detached('orphan');
  const { runner, keeper } = await inspect('orphan');
  const { outcome } = await waitFor('orphan');
  process.kill(runner.pid, 'SIGKILL');
  process.kill(keeper?.pid ?? 0, 'SIGKILL');
  expect(await outcome).toMatchObject({ exitCode: 0, stdout: '125\n' });
});

test('the code is right with the monitor dead', async () => {
  await detached('alone', 9);
  const { runner, init } = await inspect('alone');
  const { outcome } = await waitFor('alone');
  process.kill(runner.pid, 'SIGKILL');
  process.kill(init?.pid ?? 0, 'SIGTERM');
  expect(await outcome).toMatchObject({ exitCode: 0, stdout: '9\n' });
});

test('the code is right with the monitor stopped, which notices later', async () => {
  await detached('unheard', 9);
  const { runner, init } = await inspect('unheard');
  const { outcome } = await waitFor('unheard');
  process.kill(runner.pid, 'SIGSTOP');
  try {
    process.kill(init?.pid ?? 0, 'SIGTERM');
    expect(await outcome).toMatchObject({ exitCode: 0, stdout: '9\n' });
  } finally {
    process.kill(runner.pid, 'SIGCONT');
  }
  expect(await cli.sc('wait', 'unheard')).toMatchObject({ stdout: '9\n' });
});

test('one that is to be started again has not ended', async () => {
  const script = 'echo x >> /count; [ $(wc -l < /count) -gt 4 ] && exit 9; exit 4';
  await cli.sc('run', '-d', '--restart', 'on-failure:4', '--name', 'again', './rootfs', 'sh', '-c', script);
  expect(await cli.sc('wait', 'again')).toMatchObject({ exitCode: 0, stdout: '9\n' });
  expect((await inspect('again')).restarts).toMatchObject({ total: 4 });
});

describe('other conditions', () => {
  test('a start, a pause and a removal', async () => {
    await cli.sc('run', '--name', 'later', './rootfs', 'sh', '-c', 'sleep 0');
    const running = await waitFor('--condition', 'running', 'later');
    const paused = await waitFor('--condition', 'paused', 'later');
    const removed = await waitFor('--condition', 'removed', 'later');
    await cli.sc('delete', 'later');
    expect(await removed.outcome).toMatchObject({ exitCode: 0, stdout: 'later\n' });
    for (const { outcome } of [running, paused]) {
      const { exitCode, stdout, stderr } = await outcome;
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toMatch(/^sc: wait for "later" to be \w+: it was deleted\n/);
    }

    await detached('still');
    expect(await cli.sc('wait', '--condition', 'running', 'still')).toMatchObject({ stdout: 'still\n' });
    const { outcome } = await waitFor('--condition', 'paused', 'still');
    await cli.sc('pause', 'still');
    expect(await outcome).toMatchObject({ exitCode: 0, stdout: 'still\n' });
    await cli.sc('resume', 'still');
  });

  test('health, or that it cannot come about any more', async () => {
    const health = ['--health-cmd', 'test -e /ok', '--health-interval', '50ms'];
    await detached('checked', 3, ...health);
    const healthy = await waitFor('--condition', 'healthy', 'checked');
    await cli.sc('exec', 'checked', 'touch', '/ok');
    expect(await healthy.outcome).toMatchObject({ exitCode: 0, stdout: 'checked\n' });
    const told = await cli.sc(
      'events',
      '--no-follow',
      '--since',
      '0',
      '-f',
      'container=checked',
      '-f',
      'type=health',
    );
    expect(told.stdout).toMatch(/ health checked \([0-9a-f]{12}\): healthy\n$/);

    await detached('short', 3, ...health);
    const never = await waitFor('--condition', 'healthy', 'short');
    await cli.sc('stop', 'short');
    const { exitCode, stderr } = await never.outcome;
    expect(exitCode).toBe(1);
    expect(stderr).toContain('wait for "short" to be healthy: it has ended with code 3');
  });

  test('health of one without a check is an error', async () => {
    await detached('unchecked');
    const { exitCode, stderr } = await cli.sc('wait', '--condition', 'healthy', 'unchecked');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('wait for "unchecked" to be healthy: it has no health check');
  });
});

describe('what fails', () => {
  test('a time that is over, each of the others being waited for', async () => {
    await cli.sc('run', '--name', 'ended', './rootfs', 'true');
    await detached('endless');
    const { exitCode, stdout, stderr } = await cli.sc(
      'wait',
      '--timeout',
      '300ms',
      'endless',
      'nobody',
      'ended',
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '0\n' });
    expect(stderr).toContain('wait for "endless" to be stopped: it is running after 0.3 s');
    expect(stderr).toContain('no container "nobody"');
    const { failures } = await cli.json<WaitResult>('wait', '--json', '--timeout', '0ms', 'endless');
    expect(failures).toMatchObject([{ reference: 'endless', error: { code: 'SC_TIMEOUT' } }]);
  });

  test.each([
    [['--timeout', 'soon', 'x'], '--timeout: found "soon"'],
    [['--condition', 'dead', 'x'], '--condition=dead'],
    [[], 'there is no CONTAINER\n'],
  ])('%j is refused', async (args, message) => {
    const { exitCode, stderr } = await cli.sc('wait', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });
});

test('many at once', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `many-${index}`);
  await Promise.all(
    names.map((name, index) =>
      cli.sc('run', '-d', '--name', name, './rootfs', 'sh', '-c', `sleep 0.${index % 5}; exit ${index}`),
    ),
  );
  const { stdout } = await cli.sc('wait', ...names);
  expect(stdout).toBe(names.map((_, index) => `${index}\n`).join(''));
}, 60_000);

test('it can be asked to end', async () => {
  await detached('endless');
  const { outcome } = await waitFor('endless');
  outcome.kill('SIGINT');
  expect((await outcome).signal).toBe('SIGINT');
});
