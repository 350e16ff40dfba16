import { join } from 'node:path';
import { probeCommand } from '../kitchen.ts';
import type { Runtime } from '../runtime.ts';

/** sc itself, started once more; `self` is argv that does. */
export function scRuntime(self: readonly string[]): Runtime {
  const command = self as readonly [string, ...string[]];
  return {
    name: 'sc',
    version: [...command, '--version'],
    async prepare(kitchen) {
      const rootfs = kitchen.makeRootfs('sc');
      return [
        ...command,
        'run',
        '--rm',
        '--root',
        join(kitchen.directory, 'sc/state'),
        rootfs,
        ...probeCommand,
      ];
    },
  };
}
