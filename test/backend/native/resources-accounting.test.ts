import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LiveContainer } from '../../../src/backend/backend.ts';
import { nativeAccounting } from '../../../src/backend/native/accounting.ts';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const MiB = 1024 * 1024;

async function start(script: string, resources: Parameters<typeof spec>[1] & object = {}) {
  const { id } = spec([]);
  const running = await native.launch(['sh', '-c', `${script}\nsleep 1000 & echo ready; wait`], {
    id,
    ...resources,
  });
  while (!running.stdout().includes('ready')) await setTimeout(10);
  const container: LiveContainer = { id, pid: running.handle.pid };
  const end = async () => {
    running.handle.kill(9);
    await running.outcome();
  };
  return { container, end };
}

test('processes are those of the container alone', async () => {
  const { container, end } = await start('sleep 1000 & sleep 1000 &');
  const other = await start(':');
  const processes = nativeAccounting.processes(container);
  expect(processes).toHaveLength(4);
  expect(processes).toContain(container.pid);
  expect(nativeAccounting.processes(other.container)).not.toContain(container.pid);
  await other.end();
  await end();
  expect(nativeAccounting.processes(container)).toEqual([]);
});

test('memory, processes and their limits are told', async () => {
  const { container, end } = await start('dd if=/dev/zero of=/dev/shm/file bs=1M count=16 2>/dev/null', {
    resources: { memory: 64 * MiB, pids: 50 },
  });
  const usage = nativeAccounting.usage(container);
  expect(usage).toMatchObject({ memoryLimit: 64 * MiB, pids: 2, pidsLimit: 50 });
  expect(usage?.memory).toBeGreaterThanOrEqual(16 * MiB);
  expect(usage?.memory).toBeLessThan(64 * MiB);
  await end();
  expect(nativeAccounting.usage(container)).toBeUndefined();
});

test('processor time is what the container has had', async () => {
  const { container, end } = await start('i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done');
  const { cpuTime = 0 } = nativeAccounting.usage(container) ?? {};
  expect(cpuTime).toBeGreaterThan(10_000);
  const { cpuTime: later = 0 } = nativeAccounting.usage(container) ?? {};
  expect(later).toBeGreaterThanOrEqual(cpuTime);
  await end();
});

test('what was written to a disk counts, that of processes which have ended too', async () => {
  const { container, end } = await start('dd if=/dev/zero of=/file bs=1M count=4 conv=fsync 2>/dev/null');
  expect(nativeAccounting.usage(container)?.written).toBeGreaterThanOrEqual(4 * MiB);
  await end();
});
