import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, isAlive, job, killMonitor, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

const inspect = async (name: string) => cli.json<ContainerState>('inspect', name);
const read = (name: string) => (cli.exists(name) ? cli.read(name) : undefined);

test('a start, a restart and an end of the program each tell which process it is now', async () => {
  const run = ['run', '-d', '--name', 'web', '--restart', 'always', '--pid-file', 'web.pid', './rootfs'];
  expect((await cli.sc(...run, 'sleep', '1000')).exitCode).toBe(0);
  const first = (await inspect('web')).init?.pid;
  expect(cli.read('web.pid')).toBe(`${first}\n`);

  process.kill(first ?? 0, 'SIGKILL');
  const second = await eventually(() => {
    const said = read('web.pid');
    return said === undefined || said === `${first}\n` ? undefined : said;
  });
  const again = await eventually(async () => {
    const { status, init } = await inspect('web');
    return status === 'running' && init?.pid !== first ? init?.pid : undefined;
  });
  expect(second).toBe(`${again}\n`);

  await killMonitor(cli.root);
  await cli.sc('restart', '--time', '0', 'web');
  expect(cli.read('web.pid')).toBe(`${(await inspect('web')).init?.pid}\n`);
  await cli.sc('stop', '--time', '0', 'web');
  expect(cli.exists('web.pid')).toBe(false);
  await cli.sc('delete', 'web');
});

test('what a killed keeper leaves is taken away, and not what is told of others', async () => {
  const start = (name: string, file: string) =>
    cli.sc('run', '-d', '--name', name, '--pid-file', file, './rootfs', 'sleep', '1000');
  await start('one', './one.pid');
  await start('two', './two.pid');
  const [one, two] = [await inspect('one'), await inspect('two')];
  writeFileSync(join(cli.directory, 'two.pid'), `${process.pid}\n`);
  for (const { keeper, init } of [one, two]) {
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    await eventually(() => (isAlive(init?.pid ?? 0) ? undefined : true));
  }
  await eventually(async () => ((await inspect('one')).status === 'stopped' ? true : undefined));
  await eventually(async () => ((await inspect('two')).status === 'stopped' ? true : undefined));
  expect(cli.exists('one.pid')).toBe(false);
  expect(cli.read('two.pid')).toBe(`${process.pid}\n`);
  await cli.sc('delete', 'one', 'two');
});

test('what a killed sc has written goes with its container', async () => {
  const file = cli.write('job.yaml', job('job', ['sleep', '1000'], 'monitor: { pidFile: ./job.pid }\n'));
  const sc = cli.sc('apply', file);
  await eventually(() => read('job.pid'));
  sc.kill('SIGKILL');
  await sc;
  await eventually(() => (cli.exists('job.pid') ? undefined : true));
  await cli.sc('delete', '--force', 'job');
});

test('a place that is none is refused by the name of the flag or with its place in the file', async () => {
  const { exitCode, stderr } = await cli.sc('run', '--pid-file', 'none/a.pid', './rootfs', 'true');
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 125,
    stderr: expect.stringContaining(`--pid-file: "${cli.directory}/none" does not exist`),
  });
  mkdirSync(join(cli.directory, 'shared'));
  const more = 'monitor: { pidFile: ./shared/a.pid }\nmounts: [{ bind: ./shared, target: /shared }]\n';
  const applied = await cli.sc('apply', cli.write('shared.yaml', job('shared', ['true'], more)));
  expect(applied.stderr).toContain(
    `shared.yaml:6:21: monitor.pidFile: "${cli.directory}/shared/a.pid" is in "${cli.directory}/shared", which the container can write to`,
  );
  expect(existsSync(join(cli.directory, 'shared/a.pid'))).toBe(false);
});

test('a plan shows it, and what adopts a container says it', async () => {
  const more = 'monitor: { pidFile: /run/adopted.pid }\n';
  const { stdout } = await cli.sc('plan', cli.write('plan.yaml', job('planned', ['true'], more)));
  expect(stdout).toMatch(/monitor\.pidFile\s+from the file\s+\/run\/adopted\.pid/);
  await cli.sc('run', '-d', '--name', 'kept', '--pid-file', './kept.pid', './rootfs', 'sleep', '1000');
  expect((await cli.sc('adopt', 'kept')).stdout).toContain(`pidFile: ${cli.directory}/kept.pid`);
  await cli.sc('delete', '--force', 'kept');
  expect(cli.exists('kept.pid')).toBe(false);
});
