import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { processIsAlive } from '../../src/linux/process.ts';
import { MonitorClient } from '../../src/protocol/client.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
});
afterAll(() => cli.remove());

const unit = join(import.meta.dirname, '../../systemd/sc-monitor.service');
const command = /^ExecStart=\S+ (.*)$/m.exec(readFileSync(unit, 'utf8'))?.[1]?.split(' ') ?? [];

/** Which process answers on the socket. */
async function monitor(): Promise<number | undefined> {
  const client = await MonitorClient.connect(cli.root).catch(() => undefined);
  client?.close();
  return client?.greeting.pid;
}

/** The command of the unit as systemd starts it: without a terminal, in `/`, in a session and with the few variables of its own. */
async function startService() {
  const service = execa(cli.executable, command, {
    env: { PATH: process.env.PATH, SC_ROOT: cli.root, INVOCATION_ID: '6d1c2a0e3b584c8e9d0f5a7b1c2d3e4f' },
    extendEnv: false,
    cwd: '/',
    stdin: 'ignore',
    detached: true,
    reject: false,
  });
  await eventually(async () => ((await monitor()) === service.pid ? true : undefined));
  // Not as it is, which would be waited for.
  return { service };
}

const record = (id: string) => cli.record(id);
const start = async (name: string, ...flags: string[]) =>
  (await cli.sc('run', '-d', '--name', name, ...flags, './rootfs', 'sleep', '1000')).stdout.trim();

test('the unit file is one that systemd takes', async () => {
  const text = readFileSync(unit, 'utf8').replace(/^ExecStart=\S+/m, `ExecStart=${cli.executable}`);
  const copy = cli.write('sc-monitor.service', text);
  const { exitCode, stderr } = await execa(
    'systemd-analyze',
    ['verify', '--man=no', join(cli.directory, copy)],
    {
      reject: false,
    },
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});

test('a request to end is followed, containers live on, and the next takes them up', async () => {
  const { service: first } = await startService();
  const id = await start('web', '--restart', 'always');
  expect(record(id).runner.pid).toBe(first.pid);
  first.kill('SIGTERM');
  expect(await first).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  const { keeper, init } = record(id);
  expect([keeper, init].map((process) => process && processIsAlive(process))).toEqual([true, true]);
  expect((await cli.json<ContainerState>('inspect', 'web')).status).toBe('running');

  const { service: second } = await startService();
  expect(record(id).runner.pid).toBe(second.pid);
  process.kill(init?.pid ?? 0, 'SIGKILL');
  await eventually(() => (record(id).restarts?.total === 1 ? true : undefined));
  expect(record(id).runner.pid).toBe(second.pid);
  second.kill('SIGTERM');
  await second;
});

test('it stays when nothing needs it, and takes the place of one that a command has started', async () => {
  const id = await start('web');
  const { runner } = record(id);
  expect(await monitor()).toBe(runner.pid);
  const { service } = await startService();
  expect(record(id).runner.pid).toBe(service.pid);
  await eventually(() => (processIsAlive(runner) ? undefined : true));
  await start('other');
  expect(await monitor()).toBe(service.pid);
  const keepers = (await cli.json<ListResult>('ps', '--json')).containers.map(({ keeper }) => keeper);
  await cli.sc('delete', '--all', '--force');
  expect(await monitor()).toBe(service.pid);
  // What is left of the first monitor is its control group, in which the keeper was that it had started.
  await eventually(() => (keepers.some((keeper) => keeper && processIsAlive(keeper)) ? undefined : true));
  service.kill('SIGTERM');
  await service;
});
