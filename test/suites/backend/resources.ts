import { describe, expect } from 'vitest';
import { layered } from '../../support/layered.ts';
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

    needs({ 'resources.pids': 77, 'process.user': '1000' })(
      'its limits can be read by whoever is in it, however strict the umask of who starts it',
      async () => {
        const { request } = layered(bench.workshop, 1);
        const umask = process.umask(0o077);
        try {
          const script = 'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null';
          const identity = { uid: 1000, gid: 1000, groups: [], home: '/' };
          const { stdout } = await sh(script, { resources: { pids: 77 } }, { ...request, identity });
          expect(stdout).toBe('77\n');
        } finally {
          process.umask(umask);
        }
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
