import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeWorkshop } from '../../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';

describe('a runner that is killed with SIGKILL', () => {
  let workshop: ReturnType<typeof makeWorkshop>;
  let before: ReturnType<typeof snapshotHost>;

  beforeEach(() => {
    before = snapshotHost();
    workshop = makeWorkshop();
  });

  afterEach(() => workshop.remove());

  async function kill(runner: ChildProcess, look = async () => {}): Promise<void> {
    runner.kill('SIGKILL');
    await once(runner, 'exit');
    await look();
    workshop.remove();
    await expectNoLeaks(before);
  }

  function startRunner(more: { changes?: object; request?: object } = {}) {
    const args = [join(import.meta.dirname, 'runner.ts'), workshop.directory, JSON.stringify(more)];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Answers the pid of the keeper. */
  async function running(runner: ReturnType<typeof startRunner>): Promise<number> {
    let output = '';
    for await (const chunk of runner.stdout) {
      output += chunk;
      const [, keeper] = /^running (\d+)$/m.exec(output) ?? [];
      if (keeper !== undefined) return Number(keeper);
    }
    throw new Error(`the runner has ended: ${output}`);
  }

  // From just before the keeper is spawned until the program runs and after.
  const moments = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 9, 15, 30, 60];

  describe.each([
    ['a container', {}],
    ['a container with a terminal', { changes: { terminal: { tty: true } } }],
    ['a container with a small init', { changes: { monitor: { init: true } } }],
  ])('%s', (_, more) => {
    test.each(moments)('leaves nothing %f ms into the launch', async (delay) => {
      const runner = startRunner(more);
      await once(runner.stdout, 'data');
      const until = performance.now() + delay;
      if (delay > 5) await sleep(delay);
      while (performance.now() < until);
      await kill(runner);
    });

    test('is taken along when it runs', async () => {
      const runner = startRunner(more);
      await running(runner);
      await kill(runner);
    });
  });

  test('is followed by the program that cleans up, also where SIGTERM went to all', async () => {
    const cleaned = join(workshop.directory, 'cleaned');
    const onAbandoned = [
      '/bin/sh',
      '-c',
      `cat /proc/self/status >${cleaned}.new && mv ${cleaned}.new ${cleaned}`,
    ];
    const runner = startRunner({ request: { onAbandoned } });
    const keeper = await running(runner);
    process.kill(keeper, 'SIGTERM');
    await kill(runner, async () => {
      await vi.waitFor(() => expect(existsSync(cleaned)).toBe(true), 30_000);
      const status = readFileSync(cleaned, 'utf8');
      expect(status).toMatch(/^SigBlk:\t0{16}$/m);
      expect(status).toMatch(/^SigIgn:\t0{16}$/m);
    });
  });
});
