import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import { processIsAlive, processReference } from '../../src/linux/process.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { openStore } from '../../src/state/store.ts';
import { openStorage } from '../../src/storage/registry.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { newState } from '../support/states.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
});
afterAll(() => cli.remove());

type Policy = ContainerState['spec']['monitor']['restart']['policy'];

/** A container as an earlier boot of the machine has left it. Who reads it finds its overview missing too. */
async function leave(policy: Policy, changes: Partial<ContainerState> = {}): Promise<ContainerState> {
  const left = newState({ status: 'running', detached: true, bootId: 'before', name: 'web', ...changes });
  const image = { kind: 'directory', path: join(cli.directory, 'rootfs') } as const;
  const state: ContainerState = {
    ...left,
    spec: {
      ...left.spec,
      kind: 'Container',
      image,
      process: { ...left.spec.process, args: ['sh', '-c', 'echo x >> /count; sleep 1000'] },
      monitor: { init: false, restart: { ...left.spec.monitor.restart, policy } },
      removeOnExit: false,
    },
  };
  await (await openStore(cli.root)).create(state);
  await openStorage('overlay', join(cli.root, 'storage')).prepare(state.id, image);
  rmSync(join(cli.root, 'overview'), { recursive: true, force: true });
  return state;
}

const record = (id: string) => cli.record(id);
const running = (id: string) => eventually(() => (record(id).status === 'running' ? record(id) : undefined));
const startedAt = '2026-01-01T00:00:00.000Z';
const stopped = {
  status: 'stopped',
  startedAt,
  finishedAt: startedAt,
  exit: { code: 0, cause: 'exit' },
} as const;

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
      expect((await cli.sc('restart', '-t', '0', 'web')).exitCode).toBe(0);
      await cli.sc('stop', '-t', '0', 'web');
      // Its overlay is that of before: one start by the policy, and one that was asked for.
      expect(readFileSync(join(cli.root, 'storage/overlay', id, 'upper/count'), 'utf8')).toBe('x\nx\n');
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
    expect(record(unless.id)).toMatchObject({ status: 'stopped', stopRequestedAt: startedAt });
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
