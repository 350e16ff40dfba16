import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { type Kitchen, probeCommand } from '../kitchen.ts';
import { type Run, type Runtime, succeed } from '../runtime.ts';

/** As much of a config.json of the OCI runtime specification as is changed. */
interface Configuration {
  root: { path: string };
  process: { terminal?: boolean; args: readonly string[] };
  linux: { cgroupsPath?: string };
}

/** With what `runc spec` writes. */
export const runc: Runtime = {
  name: 'runc',
  version: ['runc', '--version'],
  prepare: async (kitchen, run) => start('runc', kitchen, await makeBundle('runc', kitchen, run)),
};

/** With what `crun spec` writes. */
export const crun: Runtime = {
  name: 'crun',
  version: ['crun', '--version'],
  async prepare(kitchen, run) {
    const command = start('crun', kitchen, await makeBundle('crun', kitchen, run));
    const { mode, hierarchies } = readHostCgroups();
    const unified = hierarchies.find(({ version }) => version === 2)?.path;
    if (mode !== 'hybrid' || unified === undefined) return command;
    // It refuses a host that has both versions of control groups: v2 is taken out of its sight. What it makes in
    // that place all the same is in a filesystem that goes with it, or it would stay below the mount of v2.
    const script = 'umount "$0" && mount -t tmpfs sc-doctor "$0" && exec "$@"';
    return ['unshare', '--mount', 'sh', '-c', script, unified, ...command];
  },
};

function start(name: string, kitchen: Kitchen, bundle: string): [string, ...string[]] {
  return [name, '--root', join(bundle, 'state'), 'run', '--bundle', bundle, kitchen.cgroupPrefix];
}

/** Only the place, the program and the terminal are changed. */
async function makeBundle(name: string, kitchen: Kitchen, run: Run): Promise<string> {
  const rootfs = kitchen.makeRootfs(name);
  const bundle = dirname(rootfs);
  await succeed(run, ['sh', '-c', 'cd "$0" && exec "$@"', bundle, name, 'spec']);
  const file = join(bundle, 'config.json');
  const configuration: Configuration = JSON.parse(readFileSync(file, 'utf8'));
  configuration.root.path = rootfs;
  configuration.process.terminal = false;
  configuration.process.args = probeCommand;
  configuration.linux.cgroupsPath = `/${kitchen.cgroupPrefix}-${name}/container`;
  writeFileSync(file, JSON.stringify(configuration));
  return bundle;
}
