import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { detectCgroups, readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { hybrid, pureV2, recordedHost, v1Only } from './recorded-hosts.ts';

test('a host with systemd of today has one tree of v2', () => {
  expect(recordedHost(pureV2)).toMatchObject({
    mode: 'v2',
    hierarchies: [
      {
        version: 2,
        path: '/sys/fs/cgroup',
        controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc'],
      },
    ],
  });
});

test('a hybrid host has its controllers in v1 and a tree of v2 beside them', () => {
  const { mode, hierarchies } = recordedHost(hybrid);
  expect(mode).toBe('hybrid');
  expect(hierarchies).toHaveLength(10);
  expect(hierarchies).toContainEqual({ version: 1, path: '/sys/fs/cgroup/memory', controllers: ['memory'] });
  expect(hierarchies).toContainEqual({ version: 1, path: '/sys/fs/cgroup/systemd', controllers: [] });
  expect(hierarchies).toContainEqual({
    version: 2,
    path: '/sys/fs/cgroup/unified',
    controllers: ['hugetlb'],
  });
});

test('a host of v1 has pairs of controllers, and a tree that is mounted twice counts once', () => {
  const { mode, hierarchies } = recordedHost(v1Only);
  expect(mode).toBe('v1');
  expect(hierarchies.map(({ path, controllers }) => [path, controllers])).toEqual([
    ['/sys/fs/cgroup/systemd', []],
    ['/sys/fs/cgroup/cpu,cpuacct', ['cpu', 'cpuacct']],
    ['/sys/fs/cgroup/memory', ['memory']],
    ['/sys/fs/cgroup/pids', ['pids']],
    ['/sys/fs/cgroup/net_cls,net_prio', ['net_cls', 'net_prio']],
    ['/sys/fs/cgroup/freezer', ['freezer']],
  ]);
});

test('a space in a mount point is read', () => {
  const mount = '90 25 0:28 / /srv/my\\040host/cgroup rw - cgroup cgroup rw,memory';
  expect(detectCgroups(mount, () => '').hierarchies[0]?.path).toBe('/srv/my host/cgroup');
});

test('a part of a tree that covers the whole is what is there', () => {
  const mounts = `41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
42 41 0:38 /part /sys/fs/cgroup rw - cgroup2 cgroup2 rw
43 25 0:38 /other /srv/chroot/sys/fs/cgroup rw - cgroup2 cgroup2 rw
`;
  const roots: string[] = [];
  detectCgroups(
    mounts,
    () => '',
    ({ root }) => {
      roots.push(root);
      return undefined;
    },
  );
  expect(roots).toEqual(['/part']);
});

test('a host without control groups is unfit', () => {
  expect(() => detectCgroups('23 27 0:22 / /sys rw - sysfs sysfs rw\n', () => '')).toThrow(
    'neither cgroup nor cgroup2 is mounted',
  );
});

test('this host has trees that are where they were found', () => {
  const { hierarchies } = readHostCgroups();
  for (const { path } of hierarchies)
    expect({ path, there: existsSync(`${path}/cgroup.procs`) }).toEqual({ path, there: true });
  expect(hierarchies.some(({ controllers }) => controllers.includes('memory'))).toBe(true);
});
