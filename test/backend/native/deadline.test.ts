import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { nativePausing } from '../../../src/backend/native/pausing.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { spec, start } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();

/** A process that runs a container of its own, `sleep 1000`, until its deadline. */
async function startRunner(request: object): Promise<{ pid: number; end: () => Promise<void> }> {
  const changes = { monitor: { timeout: 500 }, signals: { stopTimeout: 0 } };
  const more = JSON.stringify({ changes, request });
  const args = [join(import.meta.dirname, 'runner.ts'), native.workshop.directory, more];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(runner, 'exit');
  let output = '';
  for await (const chunk of runner.stdout) {
    output += chunk;
    if (/^running /m.test(output)) break;
  }
  const end = async () => {
    runner.kill('SIGKILL');
    await exited;
  };
  return { pid: runner.pid ?? 0, end };
}

function makeDirectory(name: string): string {
  const directory = join(native.workshop.directory, name);
  mkdirSync(directory);
  return directory;
}

const recorded = async (directory: string) =>
  vi.waitFor(() => {
    const record = native.backend.readExit(directory);
    expect(record).toBeDefined();
    return record?.exit;
  }, 30_000);

const killed = { code: 137, signal: 'SIGKILL', cause: 'deadline' };

test('a deadline is kept while who started the container is stopped', async () => {
  const recordDirectory = makeDirectory('record');
  const runner = await startRunner({ recordDirectory });
  try {
    process.kill(runner.pid, 'SIGSTOP');
    expect(await recorded(recordDirectory)).toEqual(killed);
  } finally {
    await runner.end();
  }
});

test('a deadline of a detached container is kept when who started it is dead', async () => {
  const recordDirectory = makeDirectory('record');
  const log = { directory: makeDirectory('log'), maxSize: 1 << 20, maxFiles: 2 };
  const runner = await startRunner({ recordDirectory, detached: { log } });
  await runner.end();
  expect(await recorded(recordDirectory)).toEqual(killed);
});

test.each([false, true])('a deadline is kept of what stands still, with a small init: %s', async (init) => {
  // Until one stands still before its deadline: the machine may be busy.
  for (let timeout = 1000, isLate = true; isLate; timeout *= 2) {
    const container = spec(['sleep', '1000'], {
      monitor: { timeout, init },
      signals: { stopTimeout: 100 },
      security: { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) },
    });
    const running = await start(native.backend, native.workshop, container);
    const pausing = nativePausing.pause({ id: container.id, pid: running.handle.pid });
    isLate = await pausing.then(
      () => false,
      (error) => {
        expect(error).toMatchObject({ code: 'SC_WRONG_STATE' });
        return true;
      },
    );
    expect((await running.outcome()).exit).toEqual(killed);
  }
});

test('a start that failed is no end of a program in the record', async () => {
  const recordDirectory = makeDirectory('record');
  await expect(native.run(['nosuch'], {}, { recordDirectory })).rejects.toMatchObject({ errno: 'ENOENT' });
  const working = { process: { cwd: '/proc/1/root' } };
  expect(native.backend.readExit(recordDirectory)?.exit).toEqual({ code: 125, cause: 'runner' });
  await expect(native.run(['true'], working, { recordDirectory })).rejects.toMatchObject({ errno: 'ELOOP' });
  expect(native.backend.readExit(recordDirectory)?.exit).toEqual({ code: 125, cause: 'runner' });
});
