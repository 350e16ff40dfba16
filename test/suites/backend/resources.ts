import { describe, expect } from 'vitest';
import type { Bench } from './bench.ts';

/** What a container may take of the machine. */
export function resourcesSuite(bench: Bench): void {
  const { needs, run, sh } = bench;

  describe('resources', () => {
    needs({ 'resources.memory': '16Mi' })(
      'more memory than allowed ends it with 137 and cause oom',
      async () => {
        const { exit } = await run(['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'], {
          resources: { memory: 16 << 20 },
        });
        expect(exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'oom' });
      },
    );

    needs({ 'resources.pids': 4 })('more processes than allowed are refused', async () => {
      const { stderr } = await sh('for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait', {
        resources: { pids: 4 },
      });
      expect(stderr).toMatch(/can't fork/);
    });
  });
}
