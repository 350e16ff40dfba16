import { probeCommand } from '../kitchen.ts';
import type { Runtime } from '../runtime.ts';

/** It has no default; this is what its own examples come to. */
export const bubblewrap: Runtime = {
  name: 'bwrap',
  version: ['bwrap', '--version'],
  async prepare(kitchen) {
    const mounts = ['--bind', kitchen.makeRootfs('bwrap'), '/', '--proc', '/proc', '--dev', '/dev'];
    return ['bwrap', '--unshare-all', '--die-with-parent', ...mounts, ...probeCommand];
  },
};
