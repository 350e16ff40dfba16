import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { spec, start } from '../../support/containers.ts';
import type { Bench } from './bench.ts';

/** The process that outlives its caller: it records the end, and takes the container along. */
export function keeperSuite(bench: Bench): void {
  const { run, sh } = bench;

  describe('the keeper', () => {
    test('records the end for who comes later', async () => {
      const recordDirectory = join(bench.workshop.directory, 'record');
      mkdirSync(recordDirectory);
      await sh('exit 5', {}, { recordDirectory });
      expect(bench.backend.readExit(recordDirectory)).toMatchObject({ exit: { code: 5, cause: 'exit' } });
      expect(readdirSync(recordDirectory)).toEqual(['exit']);
    });

    test('killed, it takes the container along; the code is unknown, and the rest can be cleaned up', async () => {
      const container = spec(['sleep', '1000']);
      const running = await start(bench.backend, bench.workshop, container);
      process.kill(running.handle.keeperPid, 'SIGKILL');
      expect((await running.outcome()).exit).toEqual({ code: null, cause: 'unknown' });
      await vi.waitFor(() => expect(() => process.kill(running.handle.pid, 0)).toThrow(), 30_000);
      await bench.backend.cleanUp(container.id);
    });

    test('twenty containers at once end as they should', async () => {
      const codes = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => (await sh(`sleep 0.1; exit ${index}`)).exit.code),
      );
      expect(codes).toEqual(Array.from({ length: 20 }, (_, index) => index));
    });

    test('a directory of the record that is missing is an error, and nothing is left', async () => {
      await expect(run(['true'], {}, { recordDirectory: '/nonexistent' })).rejects.toMatchObject({
        errno: 'ENOENT',
      });
      await sleep(10);
    });
  });
}
