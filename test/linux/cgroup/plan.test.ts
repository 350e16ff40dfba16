import { describe, expect, test } from 'vitest';
import type { HostCgroups } from '../../../src/linux/cgroup/cgroup.ts';
import { parseOom } from '../../../src/linux/cgroup/cgroup.ts';
import { type CgroupRequest, planCgroups as planWith } from '../../../src/linux/cgroup/plan.ts';
import { deviceProgram } from '../../../src/linux/device-program.ts';
import { hybrid, pureV2, recordedHost, recordedLook, v1Only } from './recorded-hosts.ts';

const id = 'c0ffee'.padEnd(64, '0');
const MiB = 1024 * 1024;
const planCgroups = (host: HostCgroups, request: CgroupRequest) => planWith(host, request, recordedLook());
const request = { parent: '/sc', id, resources: { memory: 64 * MiB, pids: 100 } };

test('on v2 all limits are in one group, and every directory above hands the controllers down', () => {
  const files = [{ file: 'cgroup.subtree_control', value: '+memory +pids' }];
  expect(planCgroups(recordedHost(pureV2), request)).toEqual({
    parents: [
      { path: '/sys/fs/cgroup', files },
      { path: '/sys/fs/cgroup/sc', files },
    ],
    groups: [
      {
        path: `/sys/fs/cgroup/sc/${id}`,
        hierarchy: '/sys/fs/cgroup',
        writes: [
          { file: 'memory.max', value: '67108864' },
          { file: 'memory.swap.max', value: '67108864' },
          { file: 'pids.max', value: '100' },
        ],
        procsFile: 'cgroup.procs',
        kill: 'cgroup.kill',
        oom: 'memory.events',
      },
    ],
    mounts: [{ name: 'unified', type: 'cgroup2', options: [] }],
    remarks: [],
  });
});

test('on a hybrid host the limits are in v1, and a group of v2 is there to kill by', () => {
  expect(planCgroups(recordedHost(hybrid), request)).toEqual({
    parents: ['memory', 'pids', 'unified'].map((name) => ({ path: `/sys/fs/cgroup/${name}/sc` })),
    groups: [
      {
        path: `/sys/fs/cgroup/memory/sc/${id}`,
        hierarchy: '/sys/fs/cgroup/memory',
        writes: [
          { file: 'memory.limit_in_bytes', value: '67108864' },
          { file: 'memory.memsw.limit_in_bytes', value: '134217728' },
        ],
        procsFile: 'cgroup.procs',
        oom: 'memory.oom_control',
      },
      {
        path: `/sys/fs/cgroup/pids/sc/${id}`,
        hierarchy: '/sys/fs/cgroup/pids',
        writes: [{ file: 'pids.max', value: '100' }],
        procsFile: 'cgroup.procs',
      },
      {
        path: `/sys/fs/cgroup/unified/sc/${id}`,
        hierarchy: '/sys/fs/cgroup/unified',
        writes: [],
        procsFile: 'cgroup.procs',
        kill: 'cgroup.kill',
      },
    ],
    mounts: [
      { name: 'memory', type: 'cgroup', options: ['memory'] },
      { name: 'pids', type: 'cgroup', options: ['pids'] },
      { name: 'unified', type: 'cgroup2', options: [] },
    ],
    remarks: [],
  });
});

test('on v1 there is nothing of v2, but groups that tell of time and stand still, which it need not see', () => {
  const { groups, mounts } = planCgroups(recordedHost(v1Only), request);
  expect(groups.map(({ hierarchy, kill, thaw }) => [hierarchy, kill, thaw])).toEqual([
    ['/sys/fs/cgroup/cpu,cpuacct', undefined, undefined],
    ['/sys/fs/cgroup/memory', undefined, undefined],
    ['/sys/fs/cgroup/pids', undefined, undefined],
    ['/sys/fs/cgroup/freezer', undefined, { file: 'freezer.state', value: 'THAWED' }],
  ]);
  expect(mounts.map(({ name }) => name)).toEqual(['memory', 'pids']);
});

test('a parent of several directories is made from the outside in', () => {
  const { parents } = planCgroups(recordedHost(v1Only), { ...request, parent: '/a/b' });
  expect(parents.map(({ path }) => path)).toEqual(
    ['cpu,cpuacct', 'memory', 'pids', 'freezer'].flatMap((name) => [
      `/sys/fs/cgroup/${name}/a`,
      `/sys/fs/cgroup/${name}/a/b`,
    ]),
  );
});

describe('memory and swap', () => {
  const writesOf = (mountinfo: string, resources: { memory?: number; memorySwap?: number }): unknown =>
    planCgroups(recordedHost(mountinfo), { parent: '/sc', id, resources: { pids: -1, ...resources } })
      .groups[0]?.writes;

  test('without a limit nothing is written, but the group that tells of an OOM kill is there', () => {
    const { groups } = planCgroups(recordedHost(hybrid), { parent: '/sc', id, resources: { pids: -1 } });
    expect(groups.map(({ writes }) => writes)).toEqual([[], [], []]);
    expect(groups[0]?.oom).toBe('memory.oom_control');
  });

  test('together are what was asked for', () => {
    const resources = { memory: 10 * MiB, memorySwap: 15 * MiB };
    expect(writesOf(hybrid, resources)).toContainEqual({
      file: 'memory.memsw.limit_in_bytes',
      value: String(15 * MiB),
    });
    expect(writesOf(pureV2, resources)).toContainEqual({ file: 'memory.swap.max', value: String(5 * MiB) });
  });

  test('-1 limits memory alone', () => {
    const resources = { memory: 10 * MiB, memorySwap: -1 };
    expect(writesOf(hybrid, resources)).toEqual([{ file: 'memory.limit_in_bytes', value: String(10 * MiB) }]);
    expect(writesOf(pureV2, resources)).toEqual([{ file: 'memory.max', value: String(10 * MiB) }]);
  });

  test('a kernel that counts no swap limits memory, says so, and refuses a limit of swap', () => {
    const host = recordedHost(hybrid, { accountsSwap: false });
    const plan = planCgroups(host, request);
    expect(plan.groups[0]?.writes).toEqual([{ file: 'memory.limit_in_bytes', value: '67108864' }]);
    expect(plan.remarks).toEqual([
      {
        path: 'resources.memory',
        message: 'memory is limited, swap is not: this kernel does not count swap per group',
      },
    ]);
    const resources = { memory: 10 * MiB, memorySwap: 15 * MiB, pids: 100 };
    expect(() => planCgroups(host, { ...request, resources })).toThrow(
      'this kernel does not count swap per group',
    );
  });

  test.each([
    ['resources.memory: 6291455 bytes do not start a program', { memory: 6 * MiB - 1, pids: 1 }],
    [
      'resources.memorySwap: 10485759 bytes are less than memory alone has',
      { memory: 10 * MiB, memorySwap: 10 * MiB - 1, pids: 1 },
    ],
    ['resources.memorySwap: memory and swap are limited together', { memorySwap: 10 * MiB, pids: 1 }],
  ])('are refused: %s', (message, resources) => {
    expect(() => planCgroups(recordedHost(hybrid), { parent: '/sc', id, resources })).toThrow(message);
  });
});

describe('devices', () => {
  const devices = [
    { type: 'c', major: 1, minor: 3, access: 'rwm' },
    { type: 'c', major: 136, access: 'rw' },
    { type: 'b', access: 'm' },
  ] as const;
  const controlled = { ...request, resources: { pids: -1, devices } };

  test('are a list in v1, all denied first, in a tree that the container need not see', () => {
    const { groups, mounts } = planCgroups(recordedHost(hybrid), controlled);
    expect(groups.find(({ hierarchy }) => hierarchy.endsWith('/devices'))?.writes).toEqual([
      { file: 'devices.deny', value: 'a' },
      { file: 'devices.allow', value: 'c 1:3 rwm' },
      { file: 'devices.allow', value: 'c 136:* rw' },
      { file: 'devices.allow', value: 'b *:* m' },
    ]);
    expect(mounts.map(({ name }) => name)).not.toContain('devices');
  });

  test('are a program in v2, for which nothing is handed down', () => {
    const { groups, parents } = planCgroups(recordedHost(pureV2), controlled);
    expect(groups[0]).toMatchObject({ deviceProgram: deviceProgram(devices), writes: [] });
    expect(parents[0]?.files).toEqual([{ file: 'cgroup.subtree_control', value: '+memory +pids' }]);
  });

  test('are refused where neither can be had', () => {
    expect(() => planCgroups(recordedHost(v1Only), controlled)).toThrow(
      'security.devices: this host has no control group for it',
    );
  });
});

describe('a host without the controller', () => {
  const without = (controller: string) => {
    const { hierarchies } = recordedHost(hybrid);
    return recordedHost(hybrid, {
      hierarchies: hierarchies.filter(({ controllers }) => !controllers.includes(controller)),
    });
  };

  test.each(['memory', 'pids'])('refuses a limit of %s by name', (controller) => {
    expect(() => planCgroups(without(controller), request)).toThrow(
      `resources.${controller}: this host has no control group for it`,
    );
  });

  test('starts what asks for no limit', () => {
    const plan = planCgroups(without('memory'), { parent: '/sc', id, resources: { pids: 5 } });
    expect(plan.groups.map(({ hierarchy }) => hierarchy)).toEqual([
      '/sys/fs/cgroup/pids',
      '/sys/fs/cgroup/unified',
    ]);
  });
});

test.each([
  '',
  '/',
  'sc',
  '/..',
  '/sc/..',
  '/sc/../x',
  '/sc/',
  '//sc',
  '/s c',
  '/sc\n',
  '/sc\0',
  '/.',
  '/cgroup.procs',
  '/sc.slice/memory.max',
  '/hugetlb.2MB.max',
  '/tasks',
  '/.sc',
])('the parent "%s" is refused', (parent) => {
  expect(() => planCgroups(recordedHost(pureV2), { ...request, parent })).toThrow(
    'is no name for a control group',
  );
});

test('a parent may be named as systemd names its own', () => {
  const { groups } = planCgroups(recordedHost(pureV2), { ...request, parent: '/sc.slice/jobs-1.scope' });
  expect(groups[0]?.path).toBe(`/sys/fs/cgroup/sc.slice/jobs-1.scope/${id}`);
});

test.each(['..', 'a/b', ''])('the id "%s" is refused', (id) => {
  expect(() => planCgroups(recordedHost(pureV2), { ...request, id })).toThrow(
    'is no name for a control group',
  );
});

test('an OOM kill is read from the files of both versions', () => {
  expect(parseOom('oom_kill_disable 0\nunder_oom 0\noom_kill 0\n')).toBe(false);
  expect(parseOom('oom_kill_disable 0\nunder_oom 0\noom_kill 1\n')).toBe(true);
  expect(parseOom('low 0\nhigh 0\nmax 12\noom 1\noom_kill 0\noom_group_kill 0\n')).toBe(false);
  expect(parseOom('low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 0\n')).toBe(true);
  // Before Linux 4.13 v1 does not count.
  expect(parseOom('oom_kill_disable 0\nunder_oom 0\n')).toBe(false);
  expect(parseOom('')).toBe(false);
});
