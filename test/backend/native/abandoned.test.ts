import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

  async function kill(runner: ChildProcess): Promise<void> {
    runner.kill('SIGKILL');
    await once(runner, 'exit');
    workshop.remove();
    await expectNoLeaks(before);
  }

  const startRunner = () =>
    spawn(process.execPath, [join(import.meta.dirname, 'runner.ts'), workshop.directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  // From just before the keeper is spawned until the program runs and after.
  test.each([0, 0.5, 1, 1.5, 2, 3, 4, 6, 9, 15, 30, 60])(
    '%f ms into the launch leaves nothing',
    async (delay) => {
      const runner = startRunner();
      await once(runner.stdout, 'data');
      const until = performance.now() + delay;
      if (delay > 5) await sleep(delay);
      while (performance.now() < until);
      await kill(runner);
    },
  );

  test('takes the running container along', async () => {
    const runner = startRunner();
    let output = '';
    for await (const chunk of runner.stdout) {
      output += chunk;
      if (output.includes('running')) break;
    }
    expect(output).toBe('launching\nrunning\n');
    await kill(runner);
  });
});
