import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { startOf } from '../../src/backend/native/failure.ts';
import { removeLeftCgroups, viewHost } from '../../src/backend/native/host.ts';
import { startKeeper } from '../../src/backend/native/keeper.ts';
import { renderContainer } from '../../src/backend/native/render/keeper.ts';
import type { Party } from '../party.ts';
import { benchContainer } from '../start/container.ts';
import { cgroupPrefix, type Workshop } from '../start/workshop.ts';
import type { Part } from './parts.ts';

const parent = `/${cgroupPrefix}-native`;

/** The native backend with these defaults only. Control groups are left out of its view of the host. */
export function nativeWith({ directory, rootfs }: Workshop, name: string, parts: readonly Part[]): Party {
  const { container: whole, ...request } = benchContainer(rootfs);
  const bare = { ...whole.security, seccomp: 'unconfined' as const, maskedPaths: [], readOnlyPaths: [] };
  const security = Object.assign(bare, ...parts.map((part) => part.security?.(whole.security)));
  const container = { ...whole, security };
  const options = { cgroupParent: parent, cacheDirectory: join(directory, 'cache', 'seccomp') };
  const hasGroups = parts.some(({ keys }) => keys.includes('cgroupsPath'));
  const stream = openSync('/dev/null', 'r+');
  const stdio = { stdin: stream, stdout: stream, stderr: stream };

  const launch = async () => {
    const host = viewHost(container, { ...options, sourceKind: () => 'directory' });
    const cgroups = hasGroups ? host.cgroups : { parents: [], groups: [], mounts: [], remarks: [] };
    const program = renderContainer({ ...request, container }, { ...host, cgroups });
    const cleanUp = () => removeLeftCgroups(parent, container.id);
    return startKeeper({ program, streams: stdio, attempt: startOf('/true'), cleanUp });
  };
  return {
    name,
    async measure(count) {
      const durations: number[] = [];
      for (let index = 0; index < count; index++) {
        const from = performance.now();
        const exit = await (await launch()).wait();
        durations.push(performance.now() - from);
        if (exit.code !== 0) throw new Error(`${name}: the container ended with ${JSON.stringify(exit)}`);
      }
      return durations;
    },
    end: async () => closeSync(stream),
  };
}
