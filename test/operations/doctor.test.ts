import { describe, expect, test } from 'vitest';
import { capabilities } from '../../src/linux/capabilities.ts';
import type { HostFacts } from '../../src/linux/host-facts.ts';
import { judge } from '../../src/operations/doctor.ts';

const GIB = 2 ** 30;

const fine: HostFacts = {
  processor: 'x64',
  kernel: '6.1.0-18-amd64',
  libraryOfC: 'glibc 2.36',
  refusedCalls: [],
  executesMemory: true,
  capabilities: [...capabilities],
  lastCapability: 40,
  root: true,
  namespaces: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'],
  closedNamespaces: [],
  overlay: 'module',
  overlayTrial: undefined,
  sharesContent: false,
  seccomp: true,
  seccompActions: ['kill_process', 'errno', 'allow'],
  libseccomp: { path: '/usr/lib/libseccomp.so.2', version: '2.5.4' },
  cgroups: {
    mode: 'v2',
    hierarchies: [
      {
        version: 2,
        path: '/sys/fs/cgroup',
        controllers: ['memory', 'pids', 'cpu', 'cpuset', 'io', 'hugetlb'],
      },
    ],
    accountsSwap: true,
  },
  closedHierarchies: [],
  deviceFilters: true,
  rlimits: new Map([['nofile', { soft: 1024, hard: 524288 }]]),
  securityModules: ['apparmor'],
  userNamespaceBarriers: [],
  surroundings: { nested: [], covered: [] },
  filesystem: { path: '/var/lib/sc', type: 'ext4', free: 100 * GIB, freeFiles: 1_000_000, writable: true },
  rootFilesystem: 'ext4',
  time: Date.UTC(2027, 0),
};

type Places = Parameters<typeof judge>[1];
const shortcomings = (facts: Partial<HostFacts>, places?: Places) =>
  judge({ ...fine, ...facts }, places).filter(({ status }) => status !== 'ok');
const verdicts = (facts: Partial<HostFacts>, places?: Places) =>
  shortcomings(facts, places).map(({ name, status }) => `${status} ${name}`);

const without = (name: string) => capabilities.filter((capability) => capability !== `CAP_${name}`);
const controllers = (...names: string[]): HostFacts['cgroups'] => ({
  mode: 'v2',
  hierarchies: [{ version: 2, path: '/sys/fs/cgroup', controllers: names }],
  accountsSwap: true,
});
const directory = (facts: Partial<HostFacts['filesystem']>) => ({
  filesystem: { ...fine.filesystem, ...facts },
});

test('a host that has everything is fine throughout', () => {
  expect(verdicts({})).toEqual([]);
});

test('on arm64 too', () => {
  expect(verdicts({ processor: 'arm64' })).toEqual([]);
});

test('on v1 too', () => {
  const hierarchies = ['memory', 'pids', 'cpu', 'cpuset', 'blkio', 'hugetlb', 'freezer', 'devices'].map(
    (name) => ({ version: 1 as const, path: `/sys/fs/cgroup/${name}`, controllers: [name] }),
  );
  const cgroups = { mode: 'v1' as const, hierarchies, accountsSwap: true };
  expect(verdicts({ cgroups, deviceFilters: false })).toEqual([]);
});

describe('is found and told how to mend:', () => {
  test.each<[string, Partial<HostFacts>]>([
    ['fail processor', { processor: 'riscv64' }],
    ['fail kernel', { kernel: '5.10.0-28-amd64' }],
    ['warn kernel', { kernel: '5.15.0-generic' }],
    ['fail mount calls', { refusedCalls: [{ name: 'fsopen', errno: 'ENOSYS' }] }],
    ['fail mount calls', { refusedCalls: [{ name: 'fsopen', errno: 'EPERM' }] }],
    ['fail programs in memory', { executesMemory: false }],
    ['warn surroundings', { surroundings: { nested: ['user'], covered: [] } }],
    ['warn surroundings', { surroundings: { nested: ['pid'], covered: ['/proc/kcore'] } }],
    ['warn clock', { time: 0 }],
    ['fail capabilities', { capabilities: without('SYS_ADMIN') }],
    ['fail namespaces', { namespaces: ['mnt', 'pid', 'time', 'user'] }],
    ['fail namespaces', { closedNamespaces: ['user.max_net_namespaces=0'] }],
    ['warn namespaces', { namespaces: fine.namespaces.filter((name) => name !== 'time') }],
    ['warn user namespaces', { namespaces: fine.namespaces.filter((name) => name !== 'user') }],
    [
      'warn user namespaces',
      {
        closedNamespaces: ['user.max_user_namespaces=0'],
        userNamespaceBarriers: ['user.max_user_namespaces=0'],
      },
    ],
    [
      'warn user namespaces',
      { root: false, userNamespaceBarriers: ['kernel.apparmor_restrict_unprivileged_userns=1'] },
    ],
    ['warn rlimits', { capabilities: without('SYS_RESOURCE') }],
    ['fail control groups', { cgroups: undefined }],
    ['fail control groups', { closedHierarchies: [{ path: '/sys/fs/cgroup', errno: 'EROFS' }] }],
    ['fail control groups', { closedHierarchies: [{ path: '/sys/fs/cgroup', errno: 'EACCES' }] }],
    ['fail memory controller', { cgroups: controllers('pids', 'cpu', 'cpuset', 'io', 'hugetlb') }],
    ['fail pids controller', { cgroups: controllers('memory', 'cpu', 'cpuset', 'io', 'hugetlb') }],
    ['warn cpu controller', { cgroups: controllers('memory', 'pids', 'cpuset', 'io', 'hugetlb') }],
    ['warn devices', { deviceFilters: false }],
    [
      'warn swap',
      { cgroups: { mode: 'v2', accountsSwap: false, hierarchies: fine.cgroups?.hierarchies ?? [] } },
    ],
    ['fail overlay', { overlay: 'missing', overlayTrial: 'ENODEV' }],
    ['fail state directory', directory({ type: 'overlay' })],
    ['fail state directory', directory({ writable: false })],
    ['fail state directory', { overlayTrial: 'EINVAL' }],
    ['warn state directory', directory({ type: 'tmpfs' })],
    ['fail space', directory({ free: 1 })],
    ['warn space', directory({ free: GIB / 2 })],
    ['fail space', directory({ freeFiles: 10 })],
    ['warn image: host', { rootFilesystem: 'overlay' }],
    ['fail seccomp', { seccomp: false }],
    ['fail seccomp', { seccompActions: ['allow'] }],
    ['fail libseccomp', { libseccomp: undefined }],
    ['warn security modules', { securityModules: [] }],
  ])('%s: %j', (verdict, facts) => {
    expect(verdicts(facts)).toEqual([verdict]);
    if (verdict === 'fail processor') return;
    expect(shortcomings(facts)).toMatchObject([{ meaning: expect.any(String), remedy: expect.any(String) }]);
  });

  test('a state directory that is somebody else’s', () => {
    expect(verdicts({}, { fault: 'it is a link' })).toEqual(['fail state directory']);
  });

  test('places whose owners cannot be mapped', () => {
    const owners = 'owners cannot be mapped on "/var/lib/sc": EINVAL';
    expect(verdicts({}, { owners })).toEqual(['warn mapped owners']);
    const hostOwners = 'owners cannot be mapped on "/": EINVAL';
    expect(verdicts({}, { hostOwners })).toEqual(['warn image: host']);
    expect(verdicts({}, { owners, hostOwners })).toEqual(['warn mapped owners', 'warn image: host']);
    expect(shortcomings({}, { owners })).toMatchObject([{ found: owners }]);
  });

  test('user namespaces that the kernel refuses, once and not for each place', () => {
    const owners = 'map uids 0 524288 65536: EPERM';
    expect(verdicts({}, { owners, hostOwners: owners })).toEqual(['warn user namespaces']);
  });

  test('a hard limit below the default, which nobody may raise, with both numbers', () => {
    const rlimits = new Map([['nofile', { soft: 1024, hard: 4096 }]]);
    const [found] = shortcomings({ rlimits, capabilities: without('SYS_RESOURCE') });
    expect(found).toMatchObject({
      name: 'rlimits',
      meaning: expect.stringContaining('4096 instead of 524288'),
    });
  });
});

describe('of another storage driver than overlay', () => {
  const noOverlay: Partial<HostFacts> = { overlay: 'missing', overlayTrial: 'ENODEV' };
  const vfs = { storageDriver: 'vfs' };

  test('what overlay lacks keeps nothing from running', () => {
    expect(verdicts(noOverlay, vfs)).toEqual(['warn image: host']);
    expect(verdicts({ overlayTrial: 'EINVAL' }, vfs)).toEqual(['warn image: host']);
    expect(verdicts(directory({ type: 'overlay' }), vfs)).toEqual(['warn image: host']);
    const [check] = judge({ ...fine, ...noOverlay }, vfs).filter(({ name }) => name === 'overlay');
    expect(check).toEqual({ name: 'overlay', status: 'ok', found: 'missing, and not needed by vfs' });
    expect(shortcomings({}, vfs)).toMatchObject([
      { meaning: 'storage driver vfs cannot show the machine itself' },
    ]);
    expect(verdicts(directory({ writable: false }), vfs)).toContain('fail state directory');
  });

  test('btrfs takes a btrfs', () => {
    const btrfs = { storageDriver: 'btrfs' };
    expect(verdicts({}, btrfs)).toEqual(['fail state directory', 'warn image: host']);
    expect(verdicts({ ...noOverlay, ...directory({ type: 'btrfs' }) }, btrfs)).toEqual(['warn image: host']);
  });

  test('a store of another one is told', () => {
    const otherDriver =
      'use storage driver "overlay": "/var/lib/sc/storage" is a store of storage driver "vfs"';
    expect(shortcomings({}, { otherDriver })).toMatchObject([
      { name: 'storage drivers', status: 'fail', meaning: otherDriver },
    ]);
  });
});

test('a part of the tree that was handed to sc is named', () => {
  const path = '/sys/fs/cgroup/system.slice/sc.service';
  const [hierarchy] = fine.cgroups?.hierarchies ?? [];
  if (hierarchy === undefined) throw new Error('the host has no hierarchy');
  const hierarchies = [{ ...hierarchy, delegated: { path, isOwn: true } }];
  const checks = judge({ ...fine, cgroups: { mode: 'v2', hierarchies, accountsSwap: true } });
  expect(checks.find(({ name }) => name === 'control groups')).toEqual({
    name: 'control groups',
    status: 'ok',
    found: `v2, below "${path}"`,
  });
});

test('what only keeps out users without root is no shortcoming for root', () => {
  expect(verdicts({ userNamespaceBarriers: ['kernel.unprivileged_userns_clone=0'] })).toEqual([]);
});

test('a filesystem that does not count files has none too few', () => {
  expect(verdicts(directory({ freeFiles: undefined }))).toEqual([]);
});

test.each<[string, Partial<HostFacts>]>([
  ['overlay; not btrfs (it is on ext4); vfs, whose copies take all of their space', {}],
  [
    'overlay; btrfs; vfs, whose copies share what files hold',
    { ...directory({ type: 'btrfs' }), sharesContent: true },
  ],
  [
    'not overlay (the kernel has no overlayfs); not btrfs (it is on ext4); vfs, whose copies take all of their space',
    { overlay: 'missing', overlayTrial: 'ENODEV' },
  ],
  [
    'not overlay (EINVAL); not btrfs (it is on nfs); vfs, whose copies take all of their space',
    { ...directory({ type: 'nfs' }), overlayTrial: 'EINVAL' },
  ],
])('storage drivers: %s', (words, facts) => {
  const check = judge({ ...fine, ...facts }).find(({ name }) => name === 'storage drivers');
  expect(check).toEqual({ name: 'storage drivers', status: 'ok', found: words });
});
