import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import { processIsAlive, processReference } from '../../src/linux/process.ts';

async function start(program: string, ...args: string[]): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn(program, args);
  await once(child, 'spawn');
  return { child, pid: child.pid ?? 0 };
}

test('a process is alive until it has ended', async () => {
  const { child, pid } = await start('sleep', '60');
  const reference = processReference(pid);
  expect(reference.startTime).toBeGreaterThan(0);
  expect(processIsAlive(reference)).toBe(true);
  child.kill();
  await once(child, 'close');
  expect(processIsAlive(reference)).toBe(false);
  expect(() => processReference(pid)).toThrow(`look at process ${pid}: ESRCH`);
});

test('a later process with the same number is another one', () => {
  const reference = processReference(process.pid);
  expect(processIsAlive(reference)).toBe(true);
  expect(processIsAlive({ ...reference, startTime: reference.startTime - 1 })).toBe(false);
});

test('a process that waits for its parent to ask has ended', async () => {
  // The shell replaces itself by a program that never waits for the child.
  const { child, pid } = await start('sh', '-c', 'sleep 0.01 & echo $!; exec sleep 60');
  const zombie = Number(String((await once(child.stdout ?? child, 'data'))[0]));
  const reference = processReference(zombie);
  expect(processIsAlive(processReference(pid))).toBe(true);
  await expect.poll(() => processIsAlive(reference), { timeout: 10_000 }).toBe(false);
  expect(processReference(zombie)).toEqual(reference);
  child.kill();
  await once(child, 'close');
});

test('a name with spaces and brackets does not shift the fields', async () => {
  const { child, pid } = await start('sh', '-c', 'printf "a) Z 1 2" > /proc/self/comm; echo; read line');
  await once(child.stdout ?? child, 'data');
  expect(processIsAlive(processReference(pid))).toBe(true);
  expect(processReference(pid).startTime).toBeGreaterThan(processReference(1).startTime);
  child.kill();
  await once(child, 'close');
});

test('a boot has an identity that stays', () => {
  expect(bootId()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(bootId()).toBe(bootId());
});
