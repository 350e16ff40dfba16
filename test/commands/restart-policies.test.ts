import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

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

/** Starts a container with a restart policy; answers its ID. */
async function start(script: string, restart: object): Promise<string> {
  const file = cli.write(
    'web.yaml',
    `apiVersion: standard-container/v1
kind: Container
metadata: { name: web }
image: ./rootfs
process: { args: ${JSON.stringify(['sh', '-c', script])} }
monitor: { restart: ${JSON.stringify(restart)} }
`,
  );
  expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 0, stderr: '' });
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
    expect(record(id)).toMatchObject({ status: 'stopped', exit: { cause: 'stopped' } });
    expect(record(id)).not.toHaveProperty('restarts');
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

describe('when the monitor is killed', () => {
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
});

test('--restart and --rm together are refused', async () => {
  expect(await cli.sc('run', '-d', '--rm', '--restart', 'always', './rootfs', 'true')).toMatchObject({
    exitCode: 125,
    stderr: expect.stringMatching(/^sc: --restart: with --rm nothing would be left to start again\n/),
  });
});
