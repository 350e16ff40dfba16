import { existsSync } from 'node:fs';
import { parseSysctl } from '../../linux/sysctls.ts';
import type { SecuritySpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';

/**
 * Kernel settings that no container of this host has: all of those that a new namespace has are there in the
 * host's too, but for interfaces, which each network has of its own.
 */
export function unknownSettings(
  { sysctls }: Pick<SecuritySpec, 'sysctls'>,
  isThere: (path: string) => boolean = existsSync,
): Unsupported[] {
  return Object.keys(sysctls)
    .filter((name) => {
      const { path } = parseSysctl(name);
      return !/\/(conf|neigh)\//.test(path) && !isThere(`/proc/sys/${path}`);
    })
    .map((name) => ({
      path: `security.sysctls[${JSON.stringify(name)}]`,
      reason: `this kernel has no setting "${name}"`,
      expected: 'one of those that sysctl -a shows',
    }));
}
