import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { groupsOfProcess, type LiveGroup } from '../../src/linux/cgroup/membership.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import type { Many } from '../../src/schema/operations/many.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { controlGroupHosts } from '../support/control-group-hosts.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const statusOf = async (name: string) => (await cli.json<ContainerState>('inspect', '--json', name)).status;

/** sc in front of words that choose its host. */
async function sc([program = '', ...words]: readonly string[], ...args: string[]) {
  return execa(program, [...words, cli.executable, ...args], cli.options);
}

/** A container in the foreground that counts. */
async function start(name: string, [program = '', ...words]: readonly string[] = ['env']) {
  const argv = ['run', '--name', name, './rootfs', 'sh', '-c', 'while :; do echo turn; sleep 0.02; done'];
  const runner = execa(program, [...words, cli.executable, ...argv], { ...cli.options, buffer: false });
  let turns = 0;
  runner.stdout?.on('data', (chunk) => {
    turns += String(chunk).length;
  });
  await eventually(async () => ((await statusOf(name)) === 'running' && turns > 0 ? true : undefined));
  return { runner, turns: () => turns };
}

async function groupsOf(name: string): Promise<LiveGroup[]> {
  const { id, init } = await cli.json<ContainerState>('inspect', '--json', name);
  return groupsOfProcess(init?.pid ?? 0, id);
}

describe.each(controlGroupHosts)('a host %s', (_, host) => {
  test('a paused container stands still, and goes on when it is resumed', async () => {
    const { turns } = await start('counting', host);
    expect(await sc(host, 'pause', 'counting')).toMatchObject({ exitCode: 0, stdout: 'counting\n' });
    expect((await sc(host, 'ps')).stdout).toMatch(/ counting +Up .* \(Paused\) /);
    // What it had written before may still be on its way.
    const still = await eventually(async () => {
      const before = turns();
      await setTimeout(200);
      return turns() === before ? before : undefined;
    });
    expect(await sc(host, 'resume', 'counting')).toMatchObject({ exitCode: 0, stdout: 'counting\n' });
    await eventually(() => (turns() > still ? true : undefined));
    expect((await sc(host, 'ps')).stdout).toMatch(/ counting +Up [^(]* \//);
  });

  test('delete --force ends a paused one', async () => {
    const { runner } = await start('held', host);
    await sc(host, 'pause', 'held');
    expect(await sc(host, 'delete', '--force', 'held')).toMatchObject({ exitCode: 0, stdout: 'held\n' });
    expect((await runner).exitCode).toBe(137);
  });

  test('stop lets a paused one hear what it is asked', async () => {
    const script = 'trap "exit 7" TERM; echo ready; while :; do sleep 0.02; done';
    await sc(host, 'run', '-d', '--name', 'asked', './rootfs', 'sh', '-c', script);
    await eventually(async () => ((await sc(host, 'logs', 'asked')).stdout === 'ready\n' ? true : undefined));
    await sc(host, 'pause', 'asked');
    expect(await sc(host, 'stop', 'asked')).toMatchObject({ exitCode: 0, stdout: 'asked\n' });
    const { status, exit } = await cli.json<ContainerState>('inspect', '--json', 'asked');
    expect({ status, code: exit?.code }).toEqual({ status: 'stopped', code: 7 });
  });

  test('a paused one ends with its sc, and with the keeper', async () => {
    const { runner } = await start('left', host);
    await sc(host, 'pause', 'left');
    runner.kill('SIGKILL');
    await runner;
    await eventually(async () =>
      (await sc(host, 'inspect', 'left')).stdout.includes('"stopped"') ? true : undefined,
    );

    const { runner: second } = await start('orphan', host);
    await sc(host, 'pause', 'orphan');
    const { keeper } = await cli.json<ContainerState>('inspect', 'orphan');
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    expect((await second).exitCode).toBe(125);
    expect((await sc(host, 'delete', 'orphan')).exitCode).toBe(0);
  });
});

test('each is tried, and who stands still, runs or does not run is told apart', async () => {
  await start('first');
  await start('second');
  await cli.sc('run', '--name', 'ended', './rootfs', 'true');
  const paused = await cli.sc('pause', 'first', 'nobody', 'ended', 'second');
  expect(paused).toMatchObject({ exitCode: 1, stdout: 'first\nsecond\n' });
  expect(paused.stderr).toContain('no container "nobody"');
  expect(paused.stderr).toContain('pause "ended": it is stopped, and must be running');
  expect((await cli.sc('pause', 'first')).stderr).toBe(
    'sc: pause "first": it is paused, and must be running\n',
  );
  expect(await cli.sc('unpause', 'first')).toMatchObject({ exitCode: 0, stdout: 'first\n' });
  expect(await cli.json<Many>('resume', '--json', 'first', 'second')).toEqual({
    containers: [{ id: expect.any(String), name: 'second' }],
    failures: [
      {
        reference: 'first',
        error: {
          code: 'SC_WRONG_STATE',
          message: 'resume "first": it is running, and must be paused',
        },
      },
    ],
  });
  expect((await cli.sc('pause')).exitCode).toBe(2);
});

test('start does not say of a paused one that it runs', async () => {
  await cli.sc('run', '-d', '--name', 'still', './rootfs', 'sleep', '1000');
  await cli.sc('pause', 'still');
  expect(await cli.sc('start', 'still')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'sc: start "still": it is paused\nTry: sc resume still\n',
  });
  expect((await cli.json<ContainerState>('inspect', 'still')).status).toBe('paused');
});

test('what is shown is what is so, where sc was killed before it could write it down', async () => {
  const { turns } = await start('still');
  const group = (await groupsOf('still')).find(({ version }) => version === 2);
  writeFileSync(`${group?.path}/cgroup.freeze`, '1');
  const { containers } = await cli.json<ListResult>('ps', '--json');
  expect(containers.map(({ status }) => status)).toEqual(['paused']);
  const record = () =>
    JSON.parse(
      readFileSync(`${cli.root}/containers/${containers[0]?.id}/state.json`, 'utf8'),
    ) as ContainerState;
  expect(record().status).toBe('running');
  const still = turns();
  expect((await cli.sc('resume', 'still')).exitCode).toBe(0);
  await eventually(() => (turns() > still ? true : undefined));

  await cli.sc('pause', 'still');
  expect(record().status).toBe('paused');
  writeFileSync(`${group?.path}/cgroup.freeze`, '0');
  expect(await statusOf('still')).toBe('running');
});

test('many may ask for the same at once, and one of them does it', async () => {
  await start('wanted');
  const answers = await Promise.all([1, 2, 3, 4].map(() => cli.sc('pause', 'wanted')));
  expect(answers.filter(({ exitCode }) => exitCode === 0)).toHaveLength(1);
  expect(await statusOf('wanted')).toBe('paused');
});
