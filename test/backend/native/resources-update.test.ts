import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { LiveContainer } from '../../../src/backend/backend.ts';
import { nativeAccounting } from '../../../src/backend/native/accounting.ts';
import { groupsOfProcess } from '../../../src/linux/cgroup/membership.ts';
import type { ResourcesSpec } from '../../../src/schema/container-spec.ts';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const MiB = 1024 * 1024;
const online = readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
const lastProcessor = online.split(/[-,]/).at(-1) ?? '0';

/** A container that says `ready` when its script goes on in the background. */
async function start(script: string, resources: Partial<ResourcesSpec> = {}) {
  const { id, resources: usual } = spec([], { resources });
  const recordDirectory = join(native.workshop.directory, 'record');
  mkdirSync(recordDirectory);
  const { handle, stdout, outcome } = await native.launch(
    ['sh', '-c', script],
    { id, resources },
    { recordDirectory },
  );
  while (!stdout().includes('ready')) await setTimeout(10);
  const container: LiveContainer = { id, pid: handle.pid };
  let before = usual;
  return {
    container,
    stdout,
    outcome,
    recordDirectory,
    handle,
    async update(changes: Partial<ResourcesSpec>): Promise<void> {
      const after = { ...before, ...changes };
      await native.backend.update?.(container, { before, after, recordDirectory });
      before = after;
    },
    async end(): Promise<void> {
      handle.kill(9);
      await outcome();
    },
    /** What the files of these names say in the groups of the container. */
    read(...names: string[]): string {
      return groupsOfProcess(handle.pid, id)
        .flatMap(({ path }) =>
          names.filter((name) => readdirSync(path).includes(name)).map((name) => `${path}/${name}`),
        )
        .map((file) => readFileSync(file, 'utf8').trim())
        .join('\n');
    },
  };
}

const idle = 'sleep 1000 & echo ready; wait';
const memoryOf = (container: Awaited<ReturnType<typeof start>>) =>
  Number(container.read('memory.limit_in_bytes', 'memory.max'));

describe('memory', () => {
  test('is raised and lowered in place', async () => {
    const container = await start(idle, { memory: 64 * MiB, memorySwap: 128 * MiB });
    for (const [memory, memorySwap] of [
      [200, 300],
      [200, -1],
      [32, 40],
      [100, 200],
    ] as const) {
      await container.update({ memory: memory * MiB, memorySwap: memorySwap < 0 ? -1 : memorySwap * MiB });
      expect(memoryOf(container)).toBe(memory * MiB);
    }
    await container.end();
  });

  test('that is in use and cannot be taken back is refused, and nobody is killed', async () => {
    const script =
      'dd if=/dev/zero of=/dev/shm/file bs=1M count=40 2>/dev/null; echo ready; sleep 1000 & wait';
    // Without swap, to which all could be taken back.
    const limits = { memory: 100 * MiB, memorySwap: 100 * MiB, pids: 100 };
    const container = await start(script, limits);
    await expect(
      container.update({ memory: 16 * MiB, memorySwap: 16 * MiB, pids: 50, cpus: 0.5 }),
    ).rejects.toMatchObject({
      code: 'SC_SYSTEM_CALL',
      errno: 'EBUSY',
      hint: expect.stringContaining('its processes use more than that'),
    });
    expect(memoryOf(container)).toBe(100 * MiB);
    expect(container.read('pids.max')).toBe('100');
    expect(nativeAccounting.processes(container.container)).toHaveLength(2);
    await container.update({ memory: 60 * MiB, memorySwap: 60 * MiB });
    expect(memoryOf(container)).toBe(60 * MiB);
    await container.end();
  });

  test('beyond a new limit is what kills', async () => {
    const script =
      'trap "exec dd if=/dev/zero of=/dev/null bs=64M count=1" USR1; echo ready; while :; do sleep 0.02; done';
    const container = await start(script);
    await container.update({ memory: 16 * MiB, memorySwap: 16 * MiB });
    container.handle.kill(10);
    expect((await container.outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'oom' });
  });
});

test('fewer processes are felt by those that want more', async () => {
  const script = 'echo ready; i=0; while :; do (true) || exit 3; sleep 0.02; done';
  const container = await start(script);
  await container.update({ pids: 1 });
  expect((await container.outcome()).stderr).toMatch(/fork/);
});

describe('a limit that the container had no need of until now', () => {
  const script = 'while :; do :; done & while :; do :; done & echo ready; wait';

  test('of processor time holds all of its processes', async () => {
    const container = await start(script);
    await container.update({ cpus: 0.1 });
    expect(container.read('cpu.cfs_quota_us', 'cpu.max')).toMatch(/^10000\b/);
    const throttled = () => Number(/nr_throttled (\d+)/.exec(container.read('cpu.stat'))?.[1]);
    while (throttled() < 3) await setTimeout(20);
    await container.update({ cpus: 0.2, cpuWeight: 200 });
    expect(container.read('cpu.cfs_quota_us', 'cpu.max')).toMatch(/^20000\b/);
    expect(container.read('cpu.shares', 'cpu.weight')).toMatch(/^(2048|200)$/);
    await container.end();
  });

  test('of processors moves them there', async () => {
    const container = await start(script);
    await container.update({ cpuset: { cpus: lastProcessor } });
    for (const pid of nativeAccounting.processes(container.container))
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toContain(`Cpus_allowed_list:\t${lastProcessor}\n`);
    await container.end();
  });

  test('leaves nothing when the container has ended', async () => {
    const container = await start(script);
    await container.update({ cpus: 0.5, cpuset: { cpus: lastProcessor } });
    await container.end();
    // The look at what is left comes after each test.
    expect(readdirSync(container.recordDirectory)).toEqual(['exit']);
  });

  test('is gone too when the keeper was killed', async () => {
    const container = await start(script);
    await container.update({ cpus: 0.5 });
    process.kill(container.handle.keeperPid, 'SIGKILL');
    expect((await container.outcome()).exit.cause).toBe('unknown');
  });
});

test('a paused container is changed as it stands', async () => {
  const container = await start('while :; do :; done & echo ready; wait');
  await native.backend.pause?.(container.container);
  await container.update({ memory: 32 * MiB, memorySwap: 32 * MiB, cpus: 0.5, pids: 9 });
  expect(memoryOf(container)).toBe(32 * MiB);
  expect(container.read('cpu.cfs_quota_us', 'cpu.max')).toMatch(/^50000\b/);
  await container.end();
});

test('who changes a container that has ended is told', async () => {
  const container = await start(idle);
  await container.end();
  await expect(container.update({ pids: 5 })).rejects.toMatchObject({ code: 'SC_WRONG_STATE' });
});
