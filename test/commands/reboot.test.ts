import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import { processIsAlive, processReference } from '../../src/linux/process.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { leaveFromOldBoot, startedAt, stopped } from '../support/old-boot.ts';
import { told } from '../support/told.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
});
afterAll(() => cli.remove());

type Policy = ContainerState['spec']['monitor']['restart']['policy'];

const leave = (
  policy: Policy,
  changes?: Partial<ContainerState>,
  restart?: Partial<ContainerState['spec']['monitor']['restart']>,
  args?: string[],
) => {
  const place = { root: cli.root, rootfs: join(cli.directory, 'rootfs') };
  return leaveFromOldBoot(place, { policy, ...restart }, changes, args);
};

const record = (id: string) => cli.record(id);
const running = (id: string) => eventually(() => (record(id).status === 'running' ? record(id) : undefined));
/** Waits until its program has begun so often. */
const begun = (id: string, times: number) => {
  const count = join('store/storage/overlay', id, 'upper/count');
  return eventually(() => (cli.exists(count) && cli.read(count) === 'x\n'.repeat(times) ? true : undefined));
};
/** Waits until so much was told of it: its record is written first. */
const heard = (id: string, count: number) =>
  eventually(async () => {
    const all = await told(cli.settings, id);
    return all.length >= count ? all : undefined;
  });

describe('after a start of the machine', () => {
  test('what ran has stopped, and nobody makes up how', async () => {
    const { id } = await leave('never');
    await cli.sc('ps');
    expect(record(id)).toMatchObject({ status: 'stopped', exit: { code: null, cause: 'unknown' } });
  });

  test.each<Policy>(['on-failure', 'unless-stopped', 'always'])(
    'what ran with the policy %s runs again, once',
    async (policy) => {
      const { id } = await leave(policy, { startedAt });
      await cli.sc('ps');
      const state = await running(id);
      expect(state).toMatchObject({ bootId: bootId(), restarts: { total: 1, inARow: 1 } });
      await cli.sc('ps');
      expect(await heard(id, 4)).toEqual([
        { type: 'created' },
        { type: 'stopped', exit: { code: null, cause: 'unknown' } },
        { type: 'restarting', nextAt: expect.any(String) },
        { type: 'started', restart: 1 },
      ]);
      await begun(id, 1);
      expect((await cli.sc('restart', '-t', '0', 'web')).exitCode).toBe(0);
      // Its overlay is that of before: one start by the policy, and one that was asked for.
      await begun(id, 2);
      await cli.sc('stop', '-t', '0', 'web');
    },
  );

  test('what waited to be started goes on with it', async () => {
    const restarts = { total: 4, inARow: 4, nextAt: '2026-01-01T00:00:03.000Z' };
    const { id } = await leave('on-failure', { ...stopped, restarts });
    await cli.sc('ps');
    expect((await running(id)).restarts).toEqual({ total: 5, inARow: 5 });
  });

  test('what had been stopped stays so, but with the policy always', async () => {
    const asked = { ...stopped, stopRequestedAt: startedAt };
    const unless = await leave('unless-stopped', { ...asked, name: 'unless' });
    const always = await leave('always', { ...asked, name: 'always' });
    await cli.sc('ps');
    const state = await running(always.id);
    expect(state).not.toHaveProperty('stopRequestedAt');
    const types = (await heard(always.id, 3)).map(({ type }) => type);
    expect(types).toEqual(['created', 'restarting', 'started']);
    expect(await told(cli.settings, unless.id)).toEqual([{ type: 'created' }]);
    expect(record(unless.id)).toMatchObject({ status: 'stopped', stopRequestedAt: startedAt });
  });
});

describe('when a monitor has died', () => {
  const restarts = { total: 0, inARow: 0, nextAt: startedAt };

  /** Its number and start are nobody's any more. */
  const dead = { ...processReference(process.pid), startTime: 1 };

  test.each<[string, Partial<ContainerState>]>([
    ['after it has found what is to run again', { bootId: 'before' }],
    ['after it has taken that over', { restarts }],
    ['while it was starting that', { restarts: { total: 4, inARow: 2, nextAt: startedAt } }],
  ])('%s, the next one starts it, once', async (_, changes) => {
    const { id } = await leave('always', { ...stopped, bootId: bootId(), runner: dead, ...changes });
    await cli.sc('ps');
    const { total = 0, inARow = 0 } = changes.restarts ?? {};
    expect((await running(id)).restarts).toEqual({ total: total + 1, inARow: inARow + 1 });
    await cli.sc('ps');
    await begun(id, 1);
    await cli.sc('stop', '-t', '0', 'web');
    expect(readFileSync(join(cli.root, 'storage/overlay', id, 'upper/count'), 'utf8')).toBe('x\n');
  });
});

test('a monitor that is killed in the midst of its starts loses none', async () => {
  const left: ContainerState[] = [];
  const asked = { ...stopped, stopRequestedAt: startedAt };
  for (const name of ['one', 'two', 'three', 'four', 'five', 'six'])
    left.push(await leave('always', { ...asked, name }));
  const looking = cli.sc('ps');
  const isTaken = (state: ContainerState) => state.bootId === bootId();
  const taken = await eventually(() => left.map(({ id }) => record(id)).find(isTaken), { pause: 1 });
  process.kill(taken.runner.pid, 'SIGKILL');
  await looking;
  await cli.sc('ps');
  for (const { id } of left)
    expect(await running(id)).toMatchObject({ restarts: { total: 1, inARow: 1 }, bootId: bootId() });
});

test('one that cannot be started any more is tried as often as its policy says', async () => {
  const { id } = await leave('on-failure', { startedAt }, { maxRetries: 2, delay: 1 }, ['gone']);
  await cli.sc('ps');
  const isOver = ({ restarts }: ContainerState) => restarts?.total === 2 && restarts.nextAt === undefined;
  await eventually(() => (isOver(record(id)) ? true : undefined));
  expect(record(id)).toMatchObject({ status: 'stopped', exit: { code: 127, cause: 'runner' } });
});

test('one that had been stopped and cannot be started waits for longer each time', async () => {
  const asked = { ...stopped, stopRequestedAt: startedAt };
  const { id } = await leave('always', asked, { delay: 1, maxDelay: 3_600_000 }, ['gone']);
  await cli.sc('ps');
  const { restarts } = await eventually(() =>
    (record(id).restarts?.total ?? 0) > 2 ? record(id) : undefined,
  );
  expect(restarts?.inARow).toBe(restarts?.total);
  expect(record(id)).not.toHaveProperty('stopRequestedAt');
});

describe('who stops a container before the monitor comes has the last word', () => {
  test.each<[Policy, string, Partial<ContainerState>]>([
    ['on-failure', 'ran', { startedAt }],
    ['unless-stopped', 'ran', { startedAt }],
    ['always', 'ran', { startedAt }],
    ['on-failure', 'waited', { ...stopped, restarts: { total: 1, inARow: 1, nextAt: startedAt } }],
    ['unless-stopped', 'had ended', stopped],
    ['always', 'had been stopped', { ...stopped, stopRequestedAt: startedAt }],
  ])('with the policy %s, of one that %s', async (policy, _, changes) => {
    const { id } = await leave(policy, changes);
    expect(await cli.sc('stop', 'web')).toMatchObject({ exitCode: 0, stdout: 'web\n', stderr: '' });
    const other = await leave('always', { startedAt, name: 'other' });
    await cli.sc('ps');
    await running(other.id);
    expect(await cli.sc('start', 'other')).toMatchObject({ exitCode: 0 });
    expect(record(id)).toMatchObject({ status: 'stopped', stopRequestedAt: expect.any(String) });
    expect(record(id).stopRequestedAt).not.toBe(startedAt);
    expect(record(id).restarts?.nextAt).toBeUndefined();
    expect(cli.exists(join('store/storage/overlay', id, 'upper/count'))).toBe(false);
  });
});

test('a process that has the number of a keeper or a program by now is not taken for it', async () => {
  const other = spawn('sleep', ['1000']);
  await once(other, 'spawn');
  const reference = processReference(other.pid ?? 0);
  try {
    const later = { ...reference, startTime: reference.startTime - 1 };
    const processes = { runner: later, keeper: later, init: later };
    const { id } = await leave('never', { ...processes, bootId: bootId() });
    const before = await leave('never', {
      runner: reference,
      keeper: reference,
      init: reference,
      name: 'before',
    });
    for (const words of [
      ['ps'],
      ['stop', 'web', 'before'],
      ['start', 'web'],
      ['delete', '--force', 'web', 'before'],
    ])
      expect(await cli.sc(...words)).toMatchObject({ exitCode: 0, stderr: '' });
    expect([id, before.id].map((gone) => cli.exists(join('store/containers', gone)))).toEqual([false, false]);
    expect(processIsAlive(reference)).toBe(true);
  } finally {
    other.kill();
  }
});
