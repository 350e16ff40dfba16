import { describe, expect, test } from 'vitest';
import type { CgroupResources } from '../../../src/linux/cgroup/cgroup.ts';
import { cgroupComplaints, planCgroups } from '../../../src/linux/cgroup/plan.ts';
import { hybrid, pureV2, recordedHost, recordedLook, v1Only } from './recorded-hosts.ts';

const MiB = 1024 * 1024;

/** A machine of four processors, with a disk that has a partition, and one whose time is shared by weight. */
const files: Record<string, string> = {
  '/sys/devices/system/cpu/online': '0-3\n',
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
  '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1\n',
  '/sys/fs/cgroup/cpuset/cpuset.cpus': '0-3\n',
  '/sys/fs/cgroup/cpuset/cpuset.mems': '0\n',
  '/sys/fs/cgroup/cpuset/cpuset.effective_cpus': '0-1,3\n',
  '/sys/fs/cgroup/cpuset/cpuset.effective_mems': '0\n',
  '/sys/fs/cgroup/cpuset.cpus.effective': '0-1,3\n',
  '/sys/fs/cgroup/cpuset.mems.effective': '0\n',
  '/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages': '0\n',
  '/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages': '0\n',
  '/sys/kernel/mm/hugepages/hugepages-64kB/nr_hugepages': '0\n',
  '/sys/block/sda/dev': '8:0\n',
  '/sys/block/sda/queue/scheduler': '[none] mq-deadline bfq\n',
  '/sys/block/sdb/dev': '8:16\n',
  '/sys/block/sdb/queue/scheduler': 'none mq-deadline [bfq]\n',
  '/sys/dev/block/8:1/partition': '1\n',
};
const devices = { '/dev/sda': '8:0', '/dev/sda1': '8:1', '/dev/sdb': '8:16', '/dev/disk/by-id/x': '8:0' };

type Limits = Partial<CgroupResources>;
const hosts = { v1: v1Only, hybrid, v2: pureV2 } as const;
const look = (changes: Record<string, string> = {}) => recordedLook({ ...files, ...changes }, devices);

/** What is written below the parent, as `group/file=value`, without that of other fields. */
function writes(host: keyof typeof hosts, limits: Limits, changes = {}): string[] {
  const request = { parent: '/sc', id: 'x', resources: { pids: -1, ...limits } };
  const { groups } = planCgroups(recordedHost(hosts[host]), request, look(changes));
  return groups.flatMap(({ hierarchy, writes }) =>
    writes.map(({ file, value }) => `${hierarchy.replace('/sys/fs/cgroup', '')}/${file}=${value}`),
  );
}

function complaints(host: keyof typeof hosts, limits: Limits, changes = {}): string[] {
  const all = cgroupComplaints(recordedHost(hosts[host]), { pids: -1, ...limits }, look(changes));
  return all.map(
    ({ path, message, expected }) => `${path.replace('resources.', '')}: ${message} (${expected})`,
  );
}

describe('cpu', () => {
  test('has a quota and a weight in the words of each version', () => {
    const limits = { cpus: 1.5, cpuWeight: 200 };
    expect(writes('v2', limits)).toEqual(['/cpu.weight=200', '/cpu.max=150000 100000']);
    const v1 = ['cpu.shares=2048', 'cpu.cfs_period_us=100000', 'cpu.cfs_quota_us=150000'];
    expect(writes('hybrid', limits)).toEqual(v1.map((line) => `/cpu/${line}`));
    expect(writes('v1', limits)).toEqual(v1.map((line) => `/cpu,cpuacct/${line}`));
  });

  test.each([
    [1, 10],
    [100, 1024],
    [333, 3410],
    [10000, 102400],
  ])('weight %i is %i shares, as in the kernel', (cpuWeight, shares) => {
    expect(writes('hybrid', { cpuWeight })).toEqual([`/cpu/cpu.shares=${shares}`]);
  });

  test('has a longer period for a quota that would be too short', () => {
    expect(writes('v2', { cpus: 0.01 })).toEqual(['/cpu.max=1000 100000']);
    expect(writes('v2', { cpus: 0.0099 })).toEqual(['/cpu.max=9900 1000000']);
    expect(writes('v2', { cpus: 0.001 })).toEqual(['/cpu.max=1000 1000000']);
  });

  test('refuses more processors than there are, and a kernel without quota', () => {
    expect(complaints('v2', { cpus: 4 })).toEqual([]);
    expect(complaints('v2', { cpus: 4.1 })).toEqual([
      'cpus: 4.1 processors are more than this host has (at most 4)',
    ]);
    const bare = { '/sys/devices/system/cpu/online': '0\n' };
    expect(complaints('v2', { cpus: 1.5 }, bare)).toHaveLength(1);
    const host = recordedHost(hybrid);
    expect(cgroupComplaints(host, { pids: -1, cpus: 1 }, recordedLook())).toMatchObject([
      { path: 'resources.cpus', message: 'this kernel has no quota of processor time' },
    ]);
  });
});

describe('cpuset', () => {
  test('is all of it on v1, where a new group has nothing, in the directories above too', () => {
    expect(writes('hybrid', { cpuset: { cpus: '1,3' } })).toEqual([
      '/cpuset/cpuset.cpus=1,3',
      '/cpuset/cpuset.mems=0',
    ]);
    const request = { parent: '/a/b', id: 'x', resources: { pids: -1, cpuset: { memoryNodes: '0' } } };
    const { parents, groups } = planCgroups(recordedHost(hybrid), request, look());
    const all = [
      { file: 'cpuset.cpus', value: '0-3' },
      { file: 'cpuset.mems', value: '0' },
    ];
    expect(parents.filter(({ path }) => path.includes('cpuset'))).toEqual([
      { path: '/sys/fs/cgroup/cpuset/a', files: all },
      { path: '/sys/fs/cgroup/cpuset/a/b', files: all },
    ]);
    expect(groups.find(({ path }) => path.includes('cpuset'))?.writes).toEqual(all);
  });

  test('is what is asked for on v2', () => {
    expect(writes('v2', { cpuset: { cpus: '1,3' } })).toEqual(['/cpuset.cpus=1,3']);
    expect(writes('v2', { cpuset: { cpus: '0', memoryNodes: '0' } })).toEqual([
      '/cpuset.cpus=0',
      '/cpuset.mems=0',
    ]);
  });

  test.each(['v2', 'hybrid'] as const)('refuses on %s what is not there', (host) => {
    expect(complaints(host, { cpuset: { cpus: '0-1,3', memoryNodes: '0' } })).toEqual([]);
    expect(complaints(host, { cpuset: { cpus: '1-3', memoryNodes: '0-999999999' } })).toEqual([
      'cpuset.cpus: "1-3" is not within the processors of this host (some of 0-1,3)',
      'cpuset.memoryNodes: "0-999999999" is not within the memory nodes of this host (some of 0)',
    ]);
  });
});

describe('memory', () => {
  test('that is reserved has a name of its own in each version', () => {
    const limits = { memory: 64 * MiB, memorySwap: -1, memoryReservation: 32 * MiB };
    expect(writes('v2', limits)).toEqual(['/memory.max=67108864', '/memory.low=33554432']);
    expect(writes('v1', limits)).toEqual([
      '/memory/memory.limit_in_bytes=67108864',
      '/memory/memory.soft_limit_in_bytes=33554432',
    ]);
    expect(writes('v2', { memoryReservation: MiB })).toEqual(['/memory.low=1048576']);
  });

  test('that is reserved is at most what there may be', () => {
    expect(complaints('v2', { memory: 8 * MiB, memoryReservation: 9 * MiB })).toEqual([
      'memoryReservation: 9437184 bytes are more than the memory (at most 8388608)',
    ]);
  });
});

describe('huge pages', () => {
  const hugetlb = [
    { pageSize: 2 * MiB, limit: 4 * MiB },
    { pageSize: 1024 * MiB, limit: 0 },
    { pageSize: 64 * 1024, limit: MiB },
  ];

  test('are limited where they are used and where they are reserved', () => {
    expect(writes('v2', { hugetlb })).toEqual([
      '/hugetlb.2MB.max=4194304',
      '/hugetlb.2MB.rsvd.max=4194304',
      '/hugetlb.1GB.max=0',
      '/hugetlb.1GB.rsvd.max=0',
      '/hugetlb.64KB.max=1048576',
      '/hugetlb.64KB.rsvd.max=1048576',
    ]);
  });

  test('are in the tree of v2 on this hybrid host, which hands them down then and only then', () => {
    expect(writes('hybrid', { hugetlb })[0]).toBe('/unified/hugetlb.2MB.max=4194304');
    const parents = (resources: CgroupResources) =>
      planCgroups(recordedHost(hybrid), { parent: '/sc', id: 'x', resources }, look()).parents.filter(
        ({ path }) => path.startsWith('/sys/fs/cgroup/unified'),
      );
    const files = [{ file: 'cgroup.subtree_control', value: '+hugetlb' }];
    expect(parents({ pids: -1, hugetlb })).toEqual([
      { path: '/sys/fs/cgroup/unified', files },
      { path: '/sys/fs/cgroup/unified/sc', files },
    ]);
    expect(parents({ pids: -1 })).toEqual([{ path: '/sys/fs/cgroup/unified/sc' }]);
  });

  test('of another size than the kernel has are refused', () => {
    expect(complaints('v2', { hugetlb: [{ pageSize: 4 * MiB, limit: 0 }] })).toEqual([
      'hugetlb.4Mi: the kernel has no pages of 4Mi (64Ki or 2Mi or 1Gi)',
    ]);
  });
});

describe('io', () => {
  const limits = { readRate: MiB, writeRate: 2 * MiB, readOperations: 10, writeOperations: 20 };

  test('of a device is one line on v2, and a file for each limit on v1', () => {
    const devices = [{ path: '/dev/sda', ...limits }];
    expect(writes('v2', { io: { devices } })).toEqual([
      '/io.max=8:0 rbps=1048576 wbps=2097152 riops=10 wiops=20',
    ]);
    expect(writes('hybrid', { io: { devices } })).toEqual([
      '/blkio/blkio.throttle.read_bps_device=8:0 1048576',
      '/blkio/blkio.throttle.write_bps_device=8:0 2097152',
      '/blkio/blkio.throttle.read_iops_device=8:0 10',
      '/blkio/blkio.throttle.write_iops_device=8:0 20',
    ]);
  });

  test('of v1 says that writes of the page cache are not limited, where writes are', () => {
    const remarks = (host: keyof typeof hosts, device: object) => {
      const resources = { pids: -1, io: { devices: [{ path: '/dev/sda', ...device }] } };
      return planCgroups(recordedHost(hosts[host]), { parent: '/sc', id: 'x', resources }, look()).remarks;
    };
    expect(remarks('hybrid', { writeRate: 1 })).toMatchObject([{ path: 'resources.io.devices[0]' }]);
    expect(remarks('hybrid', { readRate: 1 })).toEqual([]);
    expect(remarks('v2', { writeRate: 2 })).toEqual([]);
  });

  test('has weights where somebody shares the time of a disk by weight', () => {
    const io = { weight: 200, devices: [{ path: '/dev/sdb', weight: 300 }] };
    expect(writes('v2', { io })).toEqual(['/io.bfq.weight=200', '/io.bfq.weight=8:16 300']);
    expect(writes('hybrid', { io })).toEqual([
      '/blkio/blkio.bfq.weight=200',
      '/blkio/blkio.bfq.weight_device=8:16 300',
    ]);
    const cost = {
      '/sys/fs/cgroup/io.cost.qos': '8:0 enable=1 ctrl=auto\n8:16 enable=0\n',
      '/sys/block/sdb/queue/scheduler': '[none]',
    };
    const devices = [{ path: '/dev/sda', weight: 5000 }];
    expect(writes('v2', { io: { weight: 10000, devices } }, cost)).toEqual([
      '/io.weight=10000',
      '/io.weight=8:0 5000',
    ]);
  });

  test('refuses weights that would change nothing, or that bfq does not take', () => {
    const none = { '/sys/block/sdb/queue/scheduler': '[none] bfq' };
    const remedy = '(bfq in /sys/block/DISK/queue/scheduler, or no weight)';
    expect(complaints('v2', { io: { weight: 200, devices: [] } }, none)).toEqual([
      `io.weight: no disk of this host shares its time by weight ${remedy}`,
    ]);
    expect(complaints('hybrid', { io: { devices: [{ path: '/dev/sda', weight: 5 }] } })).toEqual([
      `io.devices[0].weight: this disk does not share its time by weight ${remedy}`,
    ]);
    expect(complaints('v2', { io: { weight: 1001, devices: [{ path: '/dev/sdb', weight: 2000 }] } })).toEqual(
      [
        'io.weight: the scheduler bfq takes no weight of 1001 (at most 1000)',
        'io.devices[0].weight: the scheduler bfq takes no weight of 2000 (at most 1000)',
      ],
    );
  });

  test('refuses a limit of 1 on v2, which the kernel does not take there', () => {
    const io = { devices: [{ path: '/dev/sda', readRate: 1, writeRate: 2, writeOperations: 1 }] };
    expect(complaints('hybrid', { io })).toEqual([]);
    expect(complaints('v2', { io })).toEqual([
      'io.devices[0].readRate: cgroup v2 takes no limit of 1 (at least 2)',
      'io.devices[0].writeOperations: cgroup v2 takes no limit of 1 (at least 2)',
    ]);
  });

  test('refuses what is no disk, a partition, and a disk that is named twice', () => {
    const devices = ['/dev/null', '/dev/sda1', '/dev/sda', '/dev/disk/by-id/x'].map((path) => ({
      path,
      ...limits,
    }));
    expect(complaints('v2', { io: { devices } })).toEqual([
      'io.devices[0].path: "/dev/null": ENOENT (a block device of this host, such as those in /sys/block)',
      'io.devices[1].path: "/dev/sda1" is a partition (the disk that it is on)',
      'io.devices[3].path: "/dev/disk/by-id/x" is the same device as "/dev/sda" (each device once)',
    ]);
  });
});

test.each([
  ['cpus', { cpus: 1 }, 'cpus'],
  ['cpuWeight', { cpuWeight: 5 }, 'cpuWeight'],
  ['cpuset', { cpuset: { cpus: '0', memoryNodes: '0' } }, 'cpuset.cpus cpuset.memoryNodes'],
  ['io', { io: { weight: 5, devices: [{ path: '/dev/sda' }] } }, 'io.weight io.devices[0]'],
  ['hugetlb', { hugetlb: [{ pageSize: 2 * MiB, limit: 0 }] }, 'hugetlb.2Mi'],
  ['memoryReservation', { memoryReservation: 1 }, 'memoryReservation'],
])('a limit of %s on a host without its controller is refused by name', (_, limits, paths) => {
  const host = recordedHost(pureV2, {
    hierarchies: [{ version: 2, path: '/sys/fs/cgroup', controllers: ['pids'] }],
  });
  const found = cgroupComplaints(host, { pids: -1, ...limits }, look());
  expect(found.map(({ path }) => path.replace('resources.', '')).join(' ')).toBe(paths);
  for (const { message } of found) expect(message).toBe('this host has no control group for it');
});

test('what limits nothing has no group beside those that each container has', () => {
  const request = { parent: '/sc', id: 'x', resources: { pids: -1 } };
  const { groups, parents } = planCgroups(recordedHost(pureV2), request, look());
  expect(groups).toHaveLength(1);
  expect(parents[0]?.files).toEqual([{ file: 'cgroup.subtree_control', value: '+memory +pids' }]);
});
