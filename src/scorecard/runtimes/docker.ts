import { dirname, join } from 'node:path';
import { create } from 'tar';
import { isErrno } from '../../linux/descriptor.ts';
import { type Kitchen, probeCommand } from '../kitchen.ts';
import { type Runtime, succeed } from '../runtime.ts';

/** With the daemon that the environment names, where one answers. */
export const docker: Runtime = {
  name: 'docker',
  version: ['docker', 'version', '--format', 'docker {{.Server.Version}}'],
  async prepare(kitchen, run) {
    const rootfs = kitchen.makeRootfs('docker');
    const archive = join(dirname(rootfs), 'image.tar');
    await create({ cwd: rootfs, file: archive, portable: true }, ['.']);
    await succeed(run, ['docker', 'import', archive, image(kitchen)]);
    const name = kitchen.cgroupPrefix;
    return ['docker', 'run', '--rm', '--network', 'none', '--name', name, image(kitchen), ...probeCommand];
  },
  async clean(kitchen, run) {
    // Neither need be there any more, nor docker itself after a long time.
    try {
      await run(['docker', 'rm', '--force', kitchen.cgroupPrefix]);
      await run(['docker', 'rmi', '--force', image(kitchen)]);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  },
};

function image({ cgroupPrefix }: Kitchen): string {
  return `${cgroupPrefix}:probe`;
}
