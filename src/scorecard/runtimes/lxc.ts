import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { confiningModules } from '../../linux/kernel.ts';
import { probeCommand } from '../kitchen.ts';
import type { Runtime } from '../runtime.ts';

/** What the configurations of all of lxc's own templates begin with. */
const common = '/usr/share/lxc/config/common.conf';

export const lxc: Runtime = {
  name: 'lxc',
  version: ['lxc-execute', '--version'],
  async prepare(kitchen) {
    const rootfs = kitchen.makeRootfs('lxc');
    const [file, state] = [join(dirname(rootfs), 'config'), kitchen.makeDirectory('lxc/state')];
    const lines = [
      ...(existsSync(common) ? [`lxc.include = ${common}`] : []),
      `lxc.rootfs.path = dir:${rootfs}`,
      'lxc.uts.name = probe',
      'lxc.net.0.type = empty',
      `lxc.cgroup.dir = ${kitchen.cgroupPrefix}-lxc`,
      // It refuses to start with a profile that nothing enforces.
      ...(confiningModules().includes('apparmor') ? [] : ['lxc.apparmor.profile = unconfined']),
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const name = kitchen.cgroupPrefix;
    return ['lxc-execute', '--lxcpath', state, '--name', name, '--rcfile', file, '--', ...probeCommand];
  },
};
