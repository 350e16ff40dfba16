import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nativeBackend } from '../../../src/backend/native/native.ts';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { spec, start } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const { run, sh, shAsRootOutside } = native;

describe('control groups seen from inside', () => {
  // Each with a value that the kernel would take.
  const writeAll =
    'for f in $(find /sys/fs/cgroup -type f); do (echo 1 >$f) 2>/dev/null && echo $f; done; echo done';

  test('have no file that can be written: no release_agent, no limit, no cgroup.procs', async () => {
    expect((await sh(writeAll)).stdout).toBe('done\n');
  });

  test('could be written if the mounts were not read-only', async () => {
    const remount =
      "for m in $(mount | grep ' type cgroup' | cut -d' ' -f3); do mount -o remount,bind,rw $m; done";
    const raise = 'f=$(find /sys/fs/cgroup -name pids.max); echo 99 >$f; cat $f';
    const security = { capabilities: ['CAP_SYS_ADMIN', 'CAP_DAC_OVERRIDE'], seccomp: 'unconfined' as const };
    const { stdout } = await shAsRootOutside(`${remount}; ${raise}`, { security });
    expect(stdout).toBe('99\n');
  });

  /** As CVE-2022-0492: namespaces of one's own give the right to mount, and a tree that is new there can be written. */
  const mountAgain = `#define _GNU_SOURCE
    #include <sched.h>
    #include <stdio.h>
    #include <sys/mount.h>
    int main(int argc, char **argv) {
      if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP)) return perror("unshare"), 1;
      mount("none", "/", 0, MS_REC | MS_PRIVATE, 0);
      for (int i = 1; i + 1 < argc; i += 2)
        if (mount("none", "/tmp", argv[i], 0, argv[i + 1]) == 0) puts("mounted");
      return 0;
    }`;
  const trees = readHostCgroups().hierarchies.flatMap(({ version, controllers }) =>
    version === 2 ? ['cgroup2', ''] : controllers.length > 0 ? ['cgroup', controllers.join(',')] : [],
  );

  test('are not mounted once more in namespaces of the own', async () => {
    native.install('mount-again', mountAgain);
    const { stdout, stderr } = await run(['mount-again', ...trees]);
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'unshare: Operation not permitted\n' });
  });

  test('could be if system calls were not filtered', async () => {
    native.install('mount-again', mountAgain);
    const { stdout } = await run(['mount-again', ...trees], { security: { seccomp: 'unconfined' } });
    expect(stdout).toContain('mounted\n');
  });
});

describe('names of control groups', () => {
  test.each(['/..', '/sc-test/../..', '/sc-test/cgroup.procs', 'sc-test', '/sc-test//x', '/sc-test\0'])(
    'the parent %j is refused before anything is made',
    async (cgroupParent) => {
      const backend = nativeBackend({ root: join(native.workshop.directory, 'sc'), cgroupParent });
      const started = start(backend, native.workshop, spec(['true']));
      await expect(started).rejects.toMatchObject({
        code: 'SC_USAGE',
        message: expect.stringContaining('is no name for a control group'),
      });
      await expect(backend.cleanUp('a'.repeat(64))).rejects.toMatchObject({ code: 'SC_USAGE' });
    },
  );

  test.each(['..', '../../escaped', '.', 'pids.max', ''])('the ID %j is', async (id) => {
    await expect(run(['true'], { id })).rejects.toMatchObject({ code: 'SC_USAGE' });
    await expect(native.backend.cleanUp(id)).rejects.toMatchObject({ code: 'SC_USAGE' });
  });
});
