import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ociBackend } from '../../../src/backend/oci/oci.ts';
import { groupsOfProcess } from '../../../src/linux/cgroup/membership.ts';
import { usageOf } from '../../../src/linux/cgroup/usage.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { enter, makeWorkshop, spec, start } from '../../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';

const runtimes = ['runc', join(import.meta.dirname, '../../support/crun-alone.sh')];
const own = evenMaps({ inside: 0, host: 524288, size: 65536 });

describe.each(runtimes.flatMap((runtime) => [[runtime, undefined] as const, [runtime, own] as const]))(
  'a container by %s, with users %j',
  (runtime, userNamespace) => {
    let workshop: ReturnType<typeof makeWorkshop>;
    let before: ReturnType<typeof snapshotHost>;

    beforeEach(() => {
      before = snapshotHost();
      workshop = makeWorkshop();
    });

    afterEach(async () => {
      workshop.remove();
      await expectNoLeaks(before);
    });

    const open = () => ociBackend({ root: join(workshop.directory, 'sc'), runtime });

    test('can be entered, stands still, goes on, and gets other limits', async () => {
      const backend = open();
      const security = { userNamespace };
      const recordDirectory = join(workshop.directory, 'record');
      mkdirSync(recordDirectory);
      const running = await start(backend, workshop, spec(['sleep', '1000'], { security }), {
        recordDirectory,
      });
      const { container, handle } = running;
      const live = { id: container.id, pid: handle.pid };

      const entered = await enter(backend, workshop, running, [
        'sh',
        '-c',
        'readlink /proc/self/ns/mnt; exit 4',
      ]);
      const { exit, stdout } = await entered.outcome();
      expect(exit).toEqual({ code: 4, cause: 'exit' });
      const status = readFileSync(`/proc/${handle.pid}/cgroup`, 'utf8');
      expect(status).toContain(`/sc/${container.id}`);
      expect(stdout).toMatch(/^mnt:/);

      await backend.pause(live);
      expect(backend.isPaused(live)).toBe(true);
      await backend.resume(live);
      expect(backend.isPaused(live)).toBe(false);

      const { resources } = container;
      const after = { ...resources, memory: 64 << 20, pids: 50 };
      await backend.update(live, { before: resources, after, recordDirectory });
      const usage = usageOf(groupsOfProcess(live.pid, live.id));
      expect(usage).toMatchObject({ memoryLimit: 64 << 20, pidsLimit: 50 });

      handle.kill(9);
      expect((await running.outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
    });
  },
);
