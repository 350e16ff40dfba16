import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capabilityMask } from '../../linux/capabilities.ts';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { effectiveCapabilities } from '../../linux/kernel.ts';
import { probeCommand } from '../kitchen.ts';
import type { Runtime } from '../runtime.ts';

export const podman: Runtime = {
  name: 'podman',
  version: ['podman', '--version'],
  async prepare(kitchen) {
    const rootfs = kitchen.makeRootfs('podman');
    const storage = join(dirname(rootfs), 'storage');
    // The library that watches containers takes no longer paths than 50 characters.
    const run = kitchen.makeRunDirectory();
    const mayRaise = (effectiveCapabilities() & capabilityMask(['CAP_SYS_RESOURCE'])) !== 0n;
    const hasSystemd = existsSync('/run/systemd/system');
    const argv: readonly string[] = [
      ...['--root', storage, '--runroot', run, '--tmpdir', join(run, 'tmp')],
      ...['--runtime-flag', `root=${join(run, 'runtime')}`],
      // What it cannot do on a host like this one by default.
      ...(hasSystemd ? [] : ['--cgroup-manager', 'cgroupfs', '--events-backend', 'none']),
      ...(readHostCgroups().mode === 'hybrid' ? ['--runtime', 'runc'] : []),
      ...['run', '--rm', '--network', 'none'],
      ...(hasSystemd ? [] : ['--cgroup-parent', `/${kitchen.cgroupPrefix}-podman`]),
      ...(mayRaise ? [] : ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=4096:4096']),
      ...['--rootfs', rootfs, ...probeCommand],
    ];
    return ['podman', ...argv];
  },
};
