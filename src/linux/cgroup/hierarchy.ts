import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import type { CgroupHierarchy, Delegation, HostCgroups } from './cgroup.ts';
import { findDelegation, thisProbe } from './delegation.ts';
import { cgroupMounts } from './mounts.ts';

/** The trees of this host, as this process sees them mounted. Throws SC_HOST_UNFIT where there is none. */
export function readHostCgroups(): HostCgroups {
  const own = readFileSync('/proc/self/cgroup', 'utf8');
  const { mode, hierarchies } = detectCgroups(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    (path) => readFileSync(`${path}/cgroup.controllers`, 'utf8'),
    (mount) => findDelegation(mount, own, thisProbe),
  );
  return { mode, hierarchies, accountsSwap: accountsSwap(hierarchies) };
}

/**
 * The trees in the text of /proc/PID/mountinfo, in the order of their mounts.
 * `readControllers` answers the text of cgroup.controllers in a directory of v2, and `delegationOf` which
 * part of that tree this process was handed.
 */
export function detectCgroups(
  mountinfo: string,
  readControllers: (path: string) => string,
  delegationOf: (mount: { path: string; root: string }) => Delegation | undefined = () => undefined,
): Omit<HostCgroups, 'accountsSwap'> {
  const hierarchies: CgroupHierarchy[] = [];
  for (const { version, root, path, controllers } of cgroupMounts(mountinfo)) {
    if (version === 1) {
      hierarchies.push({ version, path, controllers });
      continue;
    }
    const delegated = delegationOf({ path, root });
    const handedDown = readControllers(delegated?.path ?? path)
      .split(/\s+/)
      .filter(Boolean);
    hierarchies.push({
      version,
      path,
      controllers: handedDown,
      ...(delegated !== undefined && { delegated }),
    });
  }
  const has = (version: number): boolean => hierarchies.some((hierarchy) => hierarchy.version === version);
  if (has(1)) return { mode: has(2) ? 'hybrid' : 'v1', hierarchies };
  if (has(2)) return { mode: 'v2', hierarchies };
  throw new ScError('SC_HOST_UNFIT', 'find control groups: neither cgroup nor cgroup2 is mounted', {
    hint: 'mount -t cgroup2 none /sys/fs/cgroup',
  });
}

/**
 * Whether swap is counted: v1 shows the file in the root of its tree, v2 only below it, so that any group
 * in which memory is counted can tell. Where there is none, a kernel that can swap counts it.
 */
function accountsSwap(hierarchies: readonly CgroupHierarchy[]): boolean {
  const memory = hierarchies.find(({ controllers }) => controllers.includes('memory'));
  if (memory === undefined) return false;
  if (memory.version === 1) return existsSync(`${memory.path}/memory.memsw.limit_in_bytes`);
  const groups = readdirSync(memory.path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const counting = groups.find(({ name }) => existsSync(`${memory.path}/${name}/memory.max`));
  return existsSync(counting ? `${memory.path}/${counting.name}/memory.swap.max` : '/proc/swaps');
}
