import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { groupsOfProcess } from '../../src/linux/cgroup/membership.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { Many } from '../../src/schema/operations/many.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { v1Hosts } from '../support/control-group-hosts.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const MiB = 1024 * 1024;
const inspect = (name: string) => cli.json<ContainerState>('inspect', '--json', name);
const run = (name: string, ...flags: string[]) =>
  cli.sc('run', '-d', '--name', name, ...flags, './rootfs', 'sleep', '1000');

/** What the files of these names say in the groups of a container. */
async function read(name: string, ...files: string[]): Promise<string> {
  const { id, init } = await inspect(name);
  return groupsOfProcess(init?.pid ?? 0, id)
    .flatMap(({ path }) =>
      files.filter((file) => readdirSync(path).includes(file)).map((file) => `${path}/${file}`),
    )
    .map((file) => readFileSync(file, 'utf8').trim())
    .join('\n');
}
const memory = (name: string) => read(name, 'memory.limit_in_bytes', 'memory.max');
const quota = (name: string) => read(name, 'cpu.cfs_quota_us', 'cpu.max');

test('what runs has new limits at once, and its record says so', async () => {
  await run('web', '-m', '64m');
  await run('worker');
  expect(
    await cli.sc('update', '-m', '100m', '--pids-limit', '50', '--cpus', '0.5', 'web', 'worker'),
  ).toMatchObject({
    exitCode: 0,
    stdout: 'web\nworker\n',
  });
  for (const name of ['web', 'worker']) {
    expect(await memory(name)).toBe(`${100 * MiB}`);
    expect(await read(name, 'pids.max')).toBe('50');
    expect(await quota(name)).toMatch(/^50000\b/);
  }
  expect((await inspect('web')).spec.resources).toMatchObject({
    memory: 100 * MiB,
    memorySwap: 128 * MiB,
    pids: 50,
    cpus: 0.5,
  });
  expect((await inspect('worker')).spec.resources).toMatchObject({
    memory: 100 * MiB,
    memorySwap: 200 * MiB,
  });
});

test('what does not run has them from its next start on, in groups of its own', async () => {
  await run('web');
  await cli.sc('update', '--cpus', '0.5', 'web');
  await cli.sc('stop', '--time', '0', 'web');
  expect((await cli.sc('update', '--cpus', '0.25', '-m', '64m', 'web')).exitCode).toBe(0);
  await cli.sc('start', 'web');
  expect(await quota('web')).toMatch(/^25000\b/);
  expect(await memory('web')).toBe(`${64 * MiB}`);
});

test('a container in the foreground is changed too, and nothing of it is left', async () => {
  const runner = execa(
    cli.executable,
    ['run', '--rm', '--name', 'front', './rootfs', 'sleep', '1000'],
    cli.options,
  );
  await eventually(async () => ((await inspect('front')).status === 'running' ? true : undefined));
  await cli.sc('update', '--cpus', '0.5', 'front');
  expect(await quota('front')).toMatch(/^50000\b/);
  expect(await cli.sc('update', '--restart', 'always', 'front')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^sc: update "front": it runs in the foreground, and ends with its sc\nTry: /,
    ),
  });
  await cli.sc('stop', '--time', '0', 'front');
  expect((await runner).exitCode).toBe(137);
});

test('what was made for it goes with the next command, where the monitor has died', async () => {
  await run('left');
  await cli.sc('update', '--cpus', '0.5', 'left');
  const { id, init, runner } = await inspect('left');
  const groups = groupsOfProcess(init?.pid ?? 0, id).map(({ path }) => path);
  process.kill(runner.pid, 'SIGKILL');
  process.kill(init?.pid ?? 0, 'SIGKILL');
  await eventually(async () => ((await inspect('left')).status === 'stopped' ? true : undefined));
  expect(groups.filter((path) => existsSync(path))).toEqual([]);
  await cli.sc('start', 'left');
  expect(await quota('left')).toMatch(/^50000\b/);
});

test("docker's rules hold, and a refusal leaves all as it was", async () => {
  await run('web', '-m', '64m');
  const { spec } = await inspect('web');
  const refused = await cli.sc('update', '-m', '200m', '--pids-limit', '50', 'web');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toBe(
    `sc: update "web": --memory-swap: ${128 * MiB} bytes are less than memory alone has\nTry: expected at least ${200 * MiB}\n`,
  );
  expect((await cli.sc('update', '--cpus', '8192', 'web')).stderr).toMatch(
    /^sc: update "web": --cpus: 8192 processors are more than this host has\nTry: expected at most \d+\n$/,
  );
  expect(await memory('web')).toBe(`${64 * MiB}`);
  expect(await read('web', 'pids.max')).toBe('2048');
  expect((await inspect('web')).spec).toEqual(spec);
  expect((await cli.sc('update', '-m', '200m', '--memory-swap', '-1', 'web')).exitCode).toBe(0);
  expect(await memory('web')).toBe(`${200 * MiB}`);
});

test('what cannot be recorded is taken back', async () => {
  await run('web', '-m', '64m');
  const { id, spec } = await inspect('web');
  const inTheWay = join(cli.root, 'containers', id, 'state.json.new');
  mkdirSync(inTheWay);
  const refused = await cli.sc('update', '-m', '100m', '--cpus', '0.5', 'web');
  rmdirSync(inTheWay);
  expect(refused).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('EISDIR') });
  expect(await memory('web')).toBe(`${64 * MiB}`);
  expect(await quota('web')).not.toMatch(/^50000\b/);
  expect((await inspect('web')).spec).toEqual(spec);
});

test('memory that is in use is not taken away, and the container goes on', async () => {
  const script =
    'dd if=/dev/zero of=/dev/shm/file bs=1M count=40 2>/dev/null; touch /tmp/full; exec sleep 1000';
  await cli.sc(
    'run',
    '-d',
    '--name',
    'full',
    '-m',
    '100m',
    '--memory-swap',
    '100m',
    './rootfs',
    'sh',
    '-c',
    script,
  );
  await eventually(async () =>
    (await cli.sc('exec', 'full', 'ls', '/tmp/full')).exitCode === 0 ? true : undefined,
  );
  const { exitCode, stderr } = await cli.sc('update', '-m', '16m', '--memory-swap', '16m', 'full');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^sc: update "full": set \S+\/memory\.(limit_in_bytes|max) to 16777216: EBUSY\nTry: its processes use more/,
  );
  expect(await memory('full')).toBe(`${100 * MiB}`);
  expect(await inspect('full')).toMatchObject({
    status: 'running',
    spec: { resources: { memory: 100 * MiB } },
  });
});

test('--restart is what is done at the next end', async () => {
  await cli.sc('run', '-d', '--name', 'again', './rootfs', 'sh', '-c', 'sleep 1000 & wait');
  expect((await cli.sc('update', '--restart', 'on-failure:1', 'again')).exitCode).toBe(0);
  const { init } = await inspect('again');
  process.kill(init?.pid ?? 0, 'SIGKILL');
  const restarted = await eventually(async () => {
    const state = await inspect('again');
    return state.restarts?.total === 1 && state.status === 'running' ? state : undefined;
  });
  expect(restarted.spec.monitor.restart).toMatchObject({ policy: 'on-failure', maxRetries: 1 });
  await cli.sc('update', '--restart', 'no', 'again');
  process.kill(restarted.init?.pid ?? 0, 'SIGKILL');
  await eventually(async () => ((await inspect('again')).status === 'stopped' ? true : undefined));
  expect((await inspect('again')).restarts).not.toHaveProperty('nextAt');
});

test('each is tried; without a change, or with one that nobody understands, none is', async () => {
  await run('web');
  expect(await cli.json<Many>('update', '--pids-limit', '9', '--json', 'nobody', 'web')).toEqual({
    containers: [{ id: expect.any(String), name: 'web' }],
    failures: [{ reference: 'nobody', error: expect.objectContaining({ code: 'SC_NOT_FOUND' }) }],
  });
  expect(await cli.sc('update', 'web')).toMatchObject({
    exitCode: 2,
    stderr: 'sc: there is nothing to be changed\nTry: sc update --help\n',
  });
  expect(await cli.sc('update', '--memory', 'much', 'web')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^sc: --memory: found "much".*\nTry: sc update --help\n$/),
  });
});

test.each(v1Hosts)('a host %s does the same', async (_, [program = '', ...words]) => {
  const onV1 = (...args: string[]) => execa(program, [...words, cli.executable, ...args], cli.options);
  const runner = onV1('run', '--name', 'old', '-m', '64m', './rootfs', 'sleep', '1000');
  await eventually(async () => ((await inspect('old')).status === 'running' ? true : undefined));
  expect(await onV1('update', '-m', '100m', '--cpus', '0.5', '--cpuset-cpus', '0', 'old')).toMatchObject({
    stdout: 'old\n',
  });
  expect(await memory('old')).toBe(`${100 * MiB}`);
  expect(await quota('old')).toBe('50000');
  expect(await read('old', 'cpuset.cpus')).toBe('0');
  await onV1('stop', '--time', '0', 'old');
  expect((await runner).exitCode).toBe(137);
});
