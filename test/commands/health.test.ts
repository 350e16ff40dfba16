import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { TopResult } from '../../src/schema/operations/top.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
});
afterAll(() => cli.remove());

const record = (id: string) => cli.record(id);
const until = (id: string, isSo: (state: ContainerState) => boolean) =>
  eventually(() => {
    const state = record(id);
    return isSo(state) ? state : undefined;
  });
const hasStatus = (status: string) => (state: ContainerState) => state.health?.status === status;

/** Starts a container with this health check; answers its ID. */
async function start(health: object, script = 'sleep 1000', more = ''): Promise<string> {
  const file = cli.write(
    'web.yaml',
    `apiVersion: standard-container/v1
kind: Container
metadata: { name: web }
image: ./rootfs
process: { args: ${JSON.stringify(['sh', '-c', script])}${more} }
monitor: { health: ${JSON.stringify({ interval: '50ms', ...health })} }
`,
  );
  expect(await cli.sc('apply', '--quiet', file)).toMatchObject({ exitCode: 0, stderr: '' });
  const { id } = await cli.json<ContainerState>('inspect', 'web');
  return id;
}

/** A check that notes in the container each time that it is run. */
const noting = ['sh', '-c', 'echo x >> /checks'];
const count = (id: string): number => {
  const file = join(cli.root, 'storage/overlay', id, 'upper/checks');
  return existsSync(file) ? readFileSync(file, 'utf8').length / 2 : 0;
};
const grows = async (id: string) => {
  const before = count(id);
  await eventually(() => (count(id) > before ? true : undefined));
};

test('is not known, good, bad after failures in a row, and good again', async () => {
  const id = await start({ args: ['test', '-e', '/ok'], retries: 3 });
  // Of the start, whatever the first checks say.
  expect(record(id).health?.status).not.toBe('healthy');
  await cli.sc('exec', 'web', 'touch', '/ok');
  expect((await until(id, hasStatus('healthy'))).health).toMatchObject({ failures: 0, last: { code: 0 } });
  await cli.sc('exec', 'web', 'rm', '/ok');
  const bad = await until(id, hasStatus('unhealthy'));
  expect(bad.health?.failures).toBeGreaterThanOrEqual(3);
  expect(bad).toMatchObject({ status: 'running', health: { last: { code: 1 } } });
  await cli.sc('exec', 'web', 'touch', '/ok');
  await until(id, hasStatus('healthy'));
});

describe('a check', () => {
  test('is run as the program is, and what it writes is kept', async () => {
    const script = 'id -u; pwd; echo $GREETING; echo error >&2';
    const id = await start(
      { args: ['sh', '-c', script] },
      'sleep 1000',
      ', user: user, cwd: /tmp }\nenvironment: { GREETING: hello',
    );
    const { health } = await until(id, hasStatus('healthy'));
    expect(health?.last?.output).toBe('1000\n/tmp\nhello\nerror\n');
  });

  test('that takes too long is killed with all that it has begun, and has failed', async () => {
    const script = 'echo begun; sleep 998; echo never';
    const id = await start({ args: ['sh', '-c', script], timeout: '100ms', retries: 2 });
    await until(id, hasStatus('unhealthy'));
    // Where the machine is busy, some are killed before their first word.
    const { health } = await until(id, (state) => state.health?.last?.output?.endsWith('begun\n') ?? false);
    expect(health?.last).toEqual({ at: expect.any(String), output: 'it took longer than 0.1 s\nbegun\n' });
    await until(id, (state) => (state.health?.failures ?? 0) >= 5);
    const { processes } = await cli.json<TopResult>('top', 'web', '--json');
    // Five were begun, and one may be under way.
    expect(processes.filter(({ command }) => command.includes('998')).length).toBeLessThanOrEqual(1);
  });

  test('whose program is not there has failed', async () => {
    const id = await start({ args: ['no-such-program'], retries: 1 });
    const { health } = await until(id, hasStatus('unhealthy'));
    expect(health?.last).toMatchObject({
      code: 127,
      output: expect.stringMatching(/^execute "no-such-program"/),
    });
  });

  test('may write without end, of which the beginning is kept', async () => {
    const script = 'while :; do echo 0123456789abcdef; done';
    const id = await start({ args: ['sh', '-c', script], timeout: '300ms', retries: 1 });
    await until(id, hasStatus('unhealthy'));
    const { health } = await until(id, (state) => (state.health?.last?.output?.length ?? 0) > 2000);
    expect(Buffer.byteLength(health?.last?.output ?? '')).toBeLessThanOrEqual(4096);
    expect(health?.last?.output).toMatch(/^it took longer than 0.3 s\n(0123456789abcdef\n){100}/);
  });

  test('does not count as failed in the start period', async () => {
    const args = ['sh', '-c', 'echo x >> /checks; exit 1'];
    const id = await start({ args, startPeriod: '1h', startInterval: '20ms', interval: '1h', retries: 1 });
    await eventually(() => (count(id) >= 3 ? true : undefined));
    expect(record(id).health).toMatchObject({ status: 'starting', failures: 0, last: { code: 1 } });
  });
});

test('nothing is checked while the container stands still', async () => {
  const id = await start({ args: noting });
  await grows(id);
  await cli.sc('pause', 'web');
  const before = count(id);
  await setTimeout(500);
  expect(count(id)).toBe(before);
  expect(record(id).health?.status).toBe('healthy');
  await cli.sc('resume', 'web');
  await grows(id);
});

test('the next monitor goes on with it', async () => {
  const id = await start({ args: noting });
  await until(id, hasStatus('healthy'));
  const { runner } = record(id);
  process.kill(runner.pid, 'SIGKILL');
  expect(await cli.sc('ps')).toMatchObject({ exitCode: 0, stderr: '' });
  await until(id, (state) => state.runner.pid !== runner.pid);
  await grows(id);
  expect(record(id).health).toMatchObject({ status: 'healthy', failures: 0 });
});

test('it is gone when the container has stopped, and not known when it is started again', async () => {
  const id = await start({ args: ['true'] });
  await until(id, hasStatus('healthy'));
  await cli.sc('stop', '-t', '0', 'web');
  expect(record(id)).not.toHaveProperty('health');
  await cli.sc('start', 'web');
  await until(id, hasStatus('healthy'));
});

test('the flags of docker say the same', async () => {
  const flags = [
    '--health-cmd',
    'test -e /ok || exit 4',
    '--health-interval',
    '50ms',
    '--health-retries',
    '2',
  ];
  const { stdout } = await cli.sc('run', '-d', '--name', 'web', ...flags, './rootfs', 'sleep', '1000');
  const state = await until(stdout.trim(), hasStatus('unhealthy'));
  expect(state.health?.last).toMatchObject({ code: 4 });
  expect(state.spec.monitor.health).toEqual({
    args: ['/bin/sh', '-c', 'test -e /ok || exit 4'],
    ...{ interval: 50, timeout: 30_000, startPeriod: 0, startInterval: 5_000, retries: 2 },
  });
  expect(await cli.sc('run', '--health-cmd', 'true', './rootfs', 'true')).toMatchObject({
    exitCode: 125,
    stderr: expect.stringMatching(/^sc: --health-cmd: a container in the foreground is not checked\n/),
  });
});
