import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../src/linux/flock.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-flock-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('one holder at a time', async () => {
  let holders = 0;
  let most = 0;
  const hold = () =>
    withLock(directory, async () => {
      most = Math.max(most, ++holders);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return holders--;
    });
  await Promise.all(Array.from({ length: 20 }, hold));
  expect(most).toBe(1);
});

test('passes on what the action returns and what it throws, and is free afterwards', async () => {
  expect(await withLock(directory, () => 7)).toBe(7);
  const failing = withLock(directory, () => {
    throw new Error('inside');
  });
  await expect(failing).rejects.toThrow('inside');
  expect(await withLock(directory, () => 8, { timeout: 0 })).toBe(8);
});

test('gives up after the timeout and names the holder', async () => {
  await withLock(directory, async () => {
    const second = withLock(directory, () => 1, { timeout: 20 });
    await expect(second).rejects.toMatchObject({
      code: 'SC_LOCKED',
      message: `lock "${directory}": still held by process ${process.pid} after 0.02 s`,
    });
  });
});

test('the lock of a holder that is killed is free', async () => {
  const flock = new URL('../../src/linux/flock.ts', import.meta.url).href;
  const script = `
    const { withLock } = await import(${JSON.stringify(flock)});
    await withLock(process.argv[1], () => new Promise(() => {
      console.log('held');
      setInterval(() => {}, 1000);
    }));`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script, directory]);
  await once(holder.stdout, 'data');
  await expect(withLock(directory, () => 1, { timeout: 20 })).rejects.toThrow(`process ${holder.pid}`);
  holder.kill('SIGKILL');
  await once(holder, 'close');
  expect(await withLock(directory, () => 1, { timeout: 0 })).toBe(1);
});

test('refuses to follow a link, and leaves no descriptor open', async () => {
  symlinkSync(directory, join(directory, 'link'));
  const before = readdirSync('/proc/self/fd').length;
  await expect(withLock(join(directory, 'link'), () => 1)).rejects.toThrow('ELOOP');
  await withLock(directory, () => 1);
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});

test('a shared lock has many holders, and none beside one that holds it alone', async () => {
  await withLock(
    directory,
    async () => {
      expect(await withLock(directory, () => 'both', { shared: true, timeout: 0 })).toBe('both');
      const alone = withLock(directory, () => 1, { timeout: 20 });
      await expect(alone).rejects.toMatchObject({
        code: 'SC_LOCKED',
        message: `lock "${directory}": still held by process ${process.pid} after 0.02 s`,
      });
    },
    { shared: true },
  );
  await withLock(directory, async () => {
    const shared = withLock(directory, () => 1, { shared: true, timeout: 20 });
    await expect(shared).rejects.toMatchObject({ code: 'SC_LOCKED' });
  });
});
