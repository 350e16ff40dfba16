import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState, ExitStatus } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { told } from '../support/told.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
});
afterAll(() => cli.remove());

const inspect = (name: string) => cli.json<ContainerState>('inspect', name);

const record = (id: string) => cli.record(id);

/** Starts a container with a restart policy, and other settings of its monitor and its limits; answers its ID. */
async function start(
  script: string,
  restart: object,
  { monitor = {}, resources = {} }: { monitor?: object; resources?: object } = {},
): Promise<string> {
  const file = cli.write(
    'web.yaml',
    `apiVersion: standard-container/v1
kind: Container
metadata: { name: web }
image: ./rootfs
process: { args: ${JSON.stringify(['sh', '-c', script])} }
monitor: ${JSON.stringify({ restart, ...monitor })}
resources: ${JSON.stringify(resources)}
`,
  );
  expect(await cli.sc('apply', '--quiet', file)).toMatchObject({ exitCode: 0, stderr: '' });
  return (await inspect('web')).id;
}

const until = (id: string, isSo: (state: ContainerState) => boolean) =>
  eventually(() => {
    const state = record(id);
    return isSo(state) ? state : undefined;
  });
const waits = ({ status, restarts }: ContainerState) =>
  status === 'stopped' && restarts?.nextAt !== undefined;
const runsAgain = ({ status, restarts }: ContainerState) =>
  status === 'running' && (restarts?.total ?? 0) > 0;

const long = { policy: 'always', delay: '1h', maxDelay: '1h' };

describe('a request for the end', () => {
  test.each([
    ['stop', ['stop', '--time', '0', 'web']],
    ['restart and stop', ['restart', '--time', '0', 'web']],
  ])('by sc %s is the last word', async (_, words) => {
    const id = await start('sleep 1000', { policy: 'always', delay: '1ms' });
    await cli.sc(...words);
    await cli.sc('stop', '--time', '0', 'web');
    // The monitor writes it down a moment later.
    const state = await until(id, ({ status }) => status === 'stopped');
    expect(state.exit).toMatchObject({ cause: 'stopped' });
    expect(state).not.toHaveProperty('restarts');
  });

  test('while it waits for the next start ends that', async () => {
    const id = await start('exit 3', long);
    await until(id, waits);
    expect(await cli.sc('stop', 'web')).toMatchObject({ exitCode: 0, stdout: 'web\n' });
    const state = record(id);
    expect(state).toMatchObject({ status: 'stopped', exit: { code: 3, cause: 'exit' } });
    expect(state.restarts).toEqual({ total: 0, inARow: 0 });
  });

  test('is needed before one that waits is deleted', async () => {
    const id = await start('exit 3', long);
    await until(id, waits);
    expect(await cli.sc('delete', 'web')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^sc: delete "web": it is to be started again\nTry: sc delete --force web/,
      ),
    });
    expect(await cli.sc('delete', '--force', 'web')).toMatchObject({ exitCode: 0, stdout: 'web\n' });
  });

  test('comes to an end with a deletion by force of one that always starts again', async () => {
    await start('exit 3', { policy: 'always', delay: '1ms', maxDelay: '1ms' });
    expect(await cli.sc('delete', '--force', 'web')).toMatchObject({ exitCode: 0, stdout: 'web\n' });
    expect(await cli.json('ps', '--all', '--json')).toEqual({ containers: [], broken: [] });
  });
});

test('one that waits is started at once by who asks for it, with all of its tries', async () => {
  const id = await start('[ -e /twice ] && sleep 1000; touch /twice; exit 3', long);
  await until(id, waits);
  expect(await cli.sc('start', 'web')).toMatchObject({ exitCode: 0, stdout: 'web\n' });
  expect(record(id)).toMatchObject({ status: 'running', restarts: { total: 0, inARow: 0 } });
});

describe('an end that is followed by a start is told with its cause, which is', () => {
  const kill = ({ init }: ContainerState) => process.kill(init?.pid ?? 0, 'SIGKILL');
  const sigkill = { code: 137, signal: 'SIGKILL' } as const;

  test.each<[ExitStatus, string, string, Parameters<typeof start>[2], (state: ContainerState) => unknown]>([
    [{ code: 3, cause: 'exit' }, '3', 'exit 3', {}, () => {}],
    [{ ...sigkill, cause: 'signal' }, '137, signal', 'sleep 1000', {}, kill],
    [
      { ...sigkill, cause: 'oom' },
      '137, oom',
      'exec dd if=/dev/zero of=/dev/null bs=512M',
      { resources: { memory: '16Mi', memorySwap: '16Mi' } },
      () => {},
    ],
    [
      { code: 0, cause: 'deadline' },
      '0, deadline',
      "trap 'exit 0' TERM; while :; do sleep 0.02; done",
      { monitor: { timeout: '1s' } },
      () => {},
    ],
  ])('%o', async (exit, words, script, more, end) => {
    const id = await start(script, { ...long, policy: 'on-failure' }, more);
    await end(record(id));
    const { restarts } = await until(id, waits);
    expect((await inspect('web')).exit).toEqual(exit);
    expect((await cli.sc('ps')).stdout).toMatch(`Restarting (${words}) `);
    const next = { type: 'restarting', nextAt: restarts?.nextAt };
    expect(await told(cli.settings, id, 'stopped', 'restarting')).toEqual([{ type: 'stopped', exit }, next]);
  });
});

describe('when the monitor is killed', () => {
  test('in each wait, the tries of all monitors together are those of the policy', async () => {
    const restart = { policy: 'on-failure', maxRetries: 2, delay: '2s', maxDelay: '2s' };
    const id = await start('echo x >> /count; exit 3', restart);
    const monitors = new Set<number>();
    for (const total of [0, 1]) {
      const { runner } = await until(id, (state) => waits(state) && state.restarts?.total === total);
      monitors.add(runner.pid);
      process.kill(runner.pid, 'SIGKILL');
      await cli.sc('ps');
    }
    const isOver = ({ restarts }: ContainerState) => restarts?.total === 2 && restarts.nextAt === undefined;
    expect((await until(id, (state) => state.status === 'stopped' && isOver(state))).restarts).toEqual({
      total: 2,
      inARow: 2,
    });
    expect(monitors.size).toBe(2);
    expect(readFileSync(join(cli.root, 'storage/overlay', id, 'upper/count'), 'utf8')).toBe('x\nx\nx\n');
    expect(await told(cli.settings, id, 'started')).toEqual([
      { type: 'started' },
      { type: 'started', restart: 1 },
      { type: 'started', restart: 2 },
    ]);
  });

  test('while a container waits, the next command starts one that goes on with it', async () => {
    const id = await start('[ -e /twice ] && sleep 1000; touch /twice; exit 3', {
      policy: 'always',
      delay: '3s',
    });
    const { runner } = await until(id, waits);
    process.kill(runner.pid, 'SIGKILL');
    await cli.sc('ps');
    const state = await until(id, runsAgain);
    expect(state.restarts).toEqual({ total: 1, inARow: 1 });
    expect(state.runner).not.toEqual(runner);
  });

  test('while a container runs, its keeper starts one when that ends', async () => {
    const id = await start('sleep 1000', { policy: 'always' });
    const { runner, init } = record(id);
    process.kill(runner.pid, 'SIGKILL');
    process.kill(init?.pid ?? 0, 'SIGKILL');
    const state = await until(id, runsAgain);
    expect(state.runner).not.toEqual(runner);
    expect(state.restarts).toEqual({ total: 1, inARow: 1 });
  });
});

test('a program that is gone is a failure each time, until the tries are used up', async () => {
  const id = await start('rm /bin/sh; exit 3', { policy: 'on-failure', maxRetries: 2, delay: '10ms' });
  const isOver = ({ restarts }: ContainerState) => restarts?.total === 2 && restarts.nextAt === undefined;
  expect(await until(id, isOver)).toMatchObject({
    status: 'stopped',
    exit: { code: 127, cause: 'runner' },
    restarts: { total: 2, inARow: 2 },
  });
  const said = readFileSync(join(cli.root, 'monitor/log'), 'utf8').match(
    /start "web" again: execute "sh": ENOENT/g,
  );
  expect(said).toHaveLength(1);
  const runner = { code: 127, cause: 'runner' };
  const exits = (await told(cli.settings, id, 'stopped')).map(({ exit }) => exit);
  expect(exits).toEqual([{ code: 3, cause: 'exit' }, runner, runner]);
  expect((await cli.sc('ps', '--all')).stdout).toContain('Exited (127, runner)');
});

test('--restart and --rm together are refused', async () => {
  expect(await cli.sc('run', '-d', '--rm', '--restart', 'always', './rootfs', 'true')).toMatchObject({
    exitCode: 125,
    stderr: expect.stringMatching(/^sc: --restart: with --rm nothing would be left to start again\n/),
  });
});
