import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();

/** A place for the record and the log of one container; `options` mount a filesystem of its own there. */
function makePlace(options?: string) {
  const recordDirectory = join(native.workshop.directory, `place-${Math.random()}`);
  mkdirSync(recordDirectory);
  if (options !== undefined)
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'sc-test', recordDirectory]);
  const directory = join(recordDirectory, 'log');
  mkdirSync(directory);
  const log = { directory, maxSize: 20 << 20, maxFiles: 5 };
  return {
    recordDirectory,
    request: { recordDirectory, detached: { log } },
    fill: () => {
      try {
        writeFileSync(join(recordDirectory, 'full'), Buffer.alloc(1 << 20));
      } catch {
        // As was meant.
      }
    },
    remove: () => execFileSync('umount', [recordDirectory]),
  };
}

/** Starts one as the monitor does. */
async function launch(args: string[], place: ReturnType<typeof makePlace>, changes = {}) {
  const { handle } = await native.launch(args, changes, place.request);
  handle.release();
  return handle;
}

describe('the record of the end', () => {
  test('has room when the disk has none any more', async () => {
    const place = makePlace('size=64k');
    try {
      const handle = await launch(['sh', '-c', 'sleep 0.2; exit 5'], place);
      place.fill();
      expect(await handle.wait()).toEqual({ code: 5, cause: 'exit' });
      expect(native.backend.readExit(place.recordDirectory)?.exit).toEqual({ code: 5, cause: 'exit' });
    } finally {
      place.remove();
    }
  });

  test('is none before the end', async () => {
    const place = makePlace();
    const handle = await launch(['sleep', '1000'], place);
    expect(statSync(join(place.recordDirectory, 'exit')).size).toBe(544);
    expect(native.backend.readExit(place.recordDirectory)).toBeUndefined();
    process.kill(handle.pid, 'SIGKILL');
    await handle.wait();
  });

  test('is not written by a keeper that nobody knew, when the container is started anew', async () => {
    const place = makePlace();
    const { id } = spec([]);
    const more = { changes: { id }, request: place.request, isReleased: false };
    const args = [join(import.meta.dirname, 'runner.ts'), native.workshop.directory, JSON.stringify(more)];
    const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(runner.stdout.setEncoding('utf8'), 'data').then(() =>
      once(runner.stdout, 'data'),
    );
    const keeper = Number(/running (\d+)/.exec(output)?.[1]);
    process.kill(keeper, 'SIGSTOP');
    runner.kill('SIGKILL');
    await once(runner, 'exit');
    const launched = launch(['sleep', '1000'], place, { id });
    await sleep(100);
    process.kill(keeper, 'SIGCONT');
    const handle = await launched;
    expect(native.backend.readExit(place.recordDirectory)).toBeUndefined();
    process.kill(handle.pid, 'SIGKILL');
    expect(await handle.wait()).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  });
});
