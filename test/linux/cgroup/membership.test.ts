import { describe, expect, test } from 'vitest';
import { liveGroups, missingGroups } from '../../../src/linux/cgroup/membership.ts';
import { cgroupMounts } from '../../../src/linux/cgroup/mounts.ts';
import { hybrid, pureV2, v1Only } from './recorded-hosts.ts';

const id = 'c0ffee'.padEnd(64, '0');
const pathsOf = (membership: string, mountinfo: string) =>
  liveGroups(id, membership, mountinfo).map(({ path }) => path);

test('on v2 there is one group, wherever in the tree it was made', () => {
  expect(liveGroups(id, `0::/sc/${id}\n`, pureV2)).toEqual([
    { version: 2, path: `/sys/fs/cgroup/sc/${id}`, controllers: [] },
  ]);
  expect(pathsOf(`0::/system.slice/sc.service/sc/${id}\n`, pureV2)).toEqual([
    `/sys/fs/cgroup/system.slice/sc.service/sc/${id}`,
  ]);
});

test('on a hybrid host there is one in each tree that the container is in by its name', () => {
  const membership = `9:name=systemd:/sc/${id}\n8:pids:/sc/${id}\n6:freezer:/\n4:memory:/sc/${id}\n0::/sc/${id}\n`;
  expect(liveGroups(id, membership, hybrid)).toEqual([
    { version: 1, path: `/sys/fs/cgroup/pids/sc/${id}`, controllers: ['pids'] },
    { version: 1, path: `/sys/fs/cgroup/memory/sc/${id}`, controllers: ['memory'] },
    { version: 2, path: `/sys/fs/cgroup/unified/sc/${id}`, controllers: [] },
  ]);
});

test('on v1 a tree is known by its controllers, in whatever order', () => {
  const membership = `3:cpuacct,cpu:/sc/${id}\n2:memory:/sc/${id}\n`;
  expect(pathsOf(membership, v1Only)).toEqual([
    `/sys/fs/cgroup/cpu,cpuacct/sc/${id}`,
    `/sys/fs/cgroup/memory/sc/${id}`,
  ]);
});

test('a process that the container has put below its group is in it too', () => {
  expect(pathsOf(`0::/sc/${id}/init.scope/a:b\n`, pureV2)).toEqual([`/sys/fs/cgroup/sc/${id}`]);
});

test('what is mounted may be a part of the tree', () => {
  const part = '32 22 0:28 /outer/box /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
  expect(pathsOf(`0::/outer/box/sc/${id}\n`, part)).toEqual([`/sys/fs/cgroup/sc/${id}`]);
  expect(pathsOf(`0::/outer/box2/sc/${id}\n`, part)).toEqual([]);
});

test.each([
  ['no group of that name', '0::/sc/another\n'],
  ['one whose name only begins so', `0::/sc/${id}0\n`],
  ['a group that is gone', `0::/sc/${id} (deleted)\n`],
  ['a tree that is not mounted', `5:rdma:/sc/${id}\n`],
  ['nothing', ''],
])('%s is none of the container', (_, membership) => {
  expect(pathsOf(membership, pureV2)).toEqual([]);
});

describe('the groups that another process is in', () => {
  const ours = '9:name=systemd:/user\n8:pids:/\n6:freezer:/\n4:memory:/user\n0::/user.slice/a\n';
  const theirs = `9:name=systemd:/other\n8:pids:/sc/${id}\n6:freezer:/\n4:memory:/sc/${id}\n0::/sc/${id}\n`;

  test('are all of those in which this one is not', () => {
    expect(missingGroups(theirs, ours, cgroupMounts(hybrid))).toEqual([
      '/sys/fs/cgroup/systemd/other/cgroup.procs',
      `/sys/fs/cgroup/pids/sc/${id}/cgroup.procs`,
      `/sys/fs/cgroup/memory/sc/${id}/cgroup.procs`,
      `/sys/fs/cgroup/unified/sc/${id}/cgroup.procs`,
    ]);
    expect(missingGroups(theirs, theirs, cgroupMounts(hybrid))).toEqual([]);
  });

  test('may be the root of what is mounted', () => {
    const part = '32 22 0:28 /outer /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
    expect(missingGroups('0::/outer\n', '0::/outer/a\n', cgroupMounts(part))).toEqual([
      '/sys/fs/cgroup/cgroup.procs',
    ]);
  });

  test.each([
    ['a tree that is not mounted', '5:rdma:/sc\n', hybrid],
    ['a group above our own namespace', '0::/../other\n', hybrid],
    ['a group beside what is mounted', '0::/outer2\n', '32 22 0:28 /outer /x rw - cgroup2 cgroup2 rw\n'],
  ])('are not joined in part: %s is refused', (_, theirs, mountinfo) => {
    expect(() => missingGroups(theirs, ours, cgroupMounts(mountinfo))).toThrow(
      expect.objectContaining({
        code: 'SC_HOST_UNFIT',
        message: expect.stringContaining('join control group'),
      }),
    );
  });
});
