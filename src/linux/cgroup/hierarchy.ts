import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import type { CgroupHierarchy, Delegation, HostCgroups } from './cgroup.ts';
import { findDelegation, thisProbe } from './delegation.ts';

/** Controllers as mount options of v1; the other options of a mount (`rw`, `xattr`, ...) are none. */
const controllersOfV1 = new Set(
  'blkio cpu cpuacct cpuset devices freezer hugetlb memory misc net_cls net_prio perf_event pids rdma'.split(
    ' ',
  ),
);

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
  const mounts = new Map<string, CgroupMountpoint>();
  for (const mount of parseMounts(mountinfo)) {
    const first = mounts.get(mount.device);
    // A tree that is mounted a second time elsewhere, as inside of a chroot, is the same tree; in the same
    // place the later mount is what one sees.
    if (first === undefined || first.path === mount.path) mounts.set(mount.device, mount);
  }
  for (const { root, path, type, options } of mounts.values()) {
    if (type === 'cgroup') {
      const controllers = options.filter((option) => controllersOfV1.has(option));
      hierarchies.push({ version: 1, path, controllers });
      continue;
    }
    const delegated = delegationOf({ path, root });
    const controllers = readControllers(delegated?.path ?? path)
      .split(/\s+/)
      .filter(Boolean);
    hierarchies.push({ version: 2, path, controllers, ...(delegated !== undefined && { delegated }) });
  }
  const has = (version: number): boolean => hierarchies.some((hierarchy) => hierarchy.version === version);
  if (has(1)) return { mode: has(2) ? 'hybrid' : 'v1', hierarchies };
  if (has(2)) return { mode: 'v2', hierarchies };
  throw new ScError('SC_HOST_UNFIT', 'find control groups: neither cgroup nor cgroup2 is mounted', {
    hint: 'mount -t cgroup2 none /sys/fs/cgroup',
  });
}

interface CgroupMountpoint {
  /** major:minor, one for each tree. */
  device: string;
  /** Which group of the tree is mounted. */
  root: string;
  path: string;
  type: 'cgroup' | 'cgroup2';
  options: string[];
}

function* parseMounts(mountinfo: string): Generator<CgroupMountpoint> {
  for (const line of mountinfo.split('\n')) {
    // ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [TAGS...] - TYPE SOURCE OPTIONS (proc_pid_mountinfo(5))
    const [mount = '', filesystem = ''] = line.split(' - ');
    const [, , device, root, path] = mount.split(' ');
    const [type, , options] = filesystem.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    if (device === undefined || root === undefined || path === undefined || options === undefined) continue;
    yield { device, root: unescapeOctal(root), path: unescapeOctal(path), type, options: options.split(',') };
  }
}

/** Space, tab, newline and backslash stand as `\040` and the like. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
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
