/** Controllers as mount options of v1; the other options of a mount (`rw`, `xattr`, ...) are none. */
const controllersOfV1 = new Set(
  'blkio cpu cpuacct cpuset devices freezer hugetlb memory misc net_cls net_prio perf_event pids rdma'.split(
    ' ',
  ),
);

/** Where a tree of control groups is mounted. */
export interface CgroupMountpoint {
  version: 1 | 2;
  /** Which group of the tree is mounted. */
  root: string;
  path: string;
  /** Of v1, whose mounts tell them. */
  controllers: readonly string[];
  /** Of a tree of v1 that controls nothing, such as `systemd`. */
  name?: string;
}

let last: { mountinfo: string; mounts: readonly CgroupMountpoint[] } | undefined;

/**
 * In the text of /proc/PID/mountinfo, in the order of their mounts, each tree once. The last answer is kept: who
 * looks at many containers asks with the same text for each.
 */
export function cgroupMounts(mountinfo: string): readonly CgroupMountpoint[] {
  if (last?.mountinfo !== mountinfo) last = { mountinfo, mounts: [...eachTree(mountinfo)] };
  return last.mounts;
}

function eachTree(mountinfo: string): Iterable<CgroupMountpoint> {
  const mounts = new Map<string, CgroupMountpoint>();
  for (const [device, mount] of parseMounts(mountinfo)) {
    const first = mounts.get(device);
    // A tree that is mounted a second time elsewhere, as inside of a chroot, is the same tree; in the same
    // place the later mount is what one sees.
    if (first === undefined || first.path === mount.path) mounts.set(device, mount);
  }
  return mounts.values();
}

/** With its device, major:minor, of which each tree has its own. */
function* parseMounts(mountinfo: string): Generator<[string, CgroupMountpoint]> {
  for (const line of mountinfo.split('\n')) {
    // ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [TAGS...] - TYPE SOURCE OPTIONS (proc_pid_mountinfo(5))
    const [mount = '', filesystem = ''] = line.split(' - ');
    const [, , device, root, path] = mount.split(' ');
    const [type, , options] = filesystem.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    if (device === undefined || root === undefined || path === undefined || options === undefined) continue;
    const given = options.split(',');
    const controllers = given.filter((option) => controllersOfV1.has(option));
    const name = given.find((option) => option.startsWith('name='))?.slice('name='.length);
    yield [
      device,
      {
        version: type === 'cgroup' ? 1 : 2,
        root: unescapeOctal(root),
        path: unescapeOctal(path),
        controllers,
        ...(name !== undefined && { name }),
      },
    ];
  }
}

/** Space, tab, newline and backslash stand as `\040` and the like. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
