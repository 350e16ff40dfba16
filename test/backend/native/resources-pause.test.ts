import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { LiveContainer, Pausing } from '../../../src/backend/backend.ts';
import { nativePausing } from '../../../src/backend/native/pausing.ts';
import { groupsOfProcess } from '../../../src/linux/cgroup/membership.ts';
import { processIsAlive, processReference } from '../../../src/linux/process.ts';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const pausing: Pausing = nativePausing;

/** Two processes, of which the one in the background tells of each turn. */
const turning = 'while :; do echo turn; sleep 0.02; done & wait';

async function start(script = turning) {
  const { id } = spec([]);
  const running = await native.launch(['sh', '-c', script], { id });
  while (running.stdout() === '') await setTimeout(10);
  const container: LiveContainer = { id, pid: running.handle.pid };
  return { ...running, container, end: () => running.handle.kill(9) };
}

test('all processes of a paused container stand still until it is resumed', async () => {
  const { container, stdout, outcome, end } = await start();
  expect(pausing.isPaused(container)).toBe(false);
  await pausing.pause(container);
  expect(pausing.isPaused(container)).toBe(true);
  const { length } = stdout();
  await setTimeout(200);
  expect(stdout()).toHaveLength(length);
  await pausing.resume(container);
  expect(pausing.isPaused(container)).toBe(false);
  while (stdout().length === length) await setTimeout(10);
  end();
  expect((await outcome()).exit).toMatchObject({ code: 137, cause: 'signal' });
});

test('a paused container that is killed by its runner ends', async () => {
  const { container, outcome, end } = await start();
  await pausing.pause(container);
  end();
  expect((await outcome()).exit).toMatchObject({ code: 137, cause: 'signal' });
  expect(pausing.isPaused(container)).toBe(false);
  await pausing.resume(container);
});

test('a signal waits until the container goes on', async () => {
  const { container, stdout, outcome, handle } = await start(`trap 'echo heard; exit 7' TERM; ${turning}`);
  await pausing.pause(container);
  handle.kill(15);
  await setTimeout(200);
  expect(stdout()).not.toContain('heard');
  await pausing.resume(container);
  expect(await outcome()).toMatchObject({ exit: { code: 7, cause: 'exit' } });
  expect(stdout()).toContain('heard\n');
});

test('a paused container dies with its keeper, and what it leaves is cleaned up', async () => {
  const { container, handle, outcome } = await start();
  const init = processReference(container.pid);
  const groups = groupsOfProcess(container.pid, container.id).map(({ path }) => path);
  await pausing.pause(container);
  process.kill(handle.keeperPid, 'SIGKILL');
  expect((await outcome()).exit).toEqual({ code: null, cause: 'unknown' });
  await native.backend.cleanUp(container.id);
  expect(processIsAlive(init)).toBe(false);
  expect(groups.filter((path) => existsSync(path))).toEqual([]);
});

test('who pauses a container that has ended is told, and nothing is resumed', async () => {
  const { container, outcome, end } = await start();
  end();
  await outcome();
  await expect(pausing.pause(container)).rejects.toMatchObject({ code: 'SC_WRONG_STATE' });
  await pausing.resume(container);
  expect(pausing.isPaused(container)).toBe(false);
});
