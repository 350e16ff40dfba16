import { describe, expect, test } from 'vitest';
import type { NetworkInterface } from '../../../src/backend/backend.ts';
import { type ConfigHost, formatConfig, renderConfig } from '../../../src/backend/oci/config.ts';
import { unseenLimits } from '../../../src/backend/oci/hybrid.ts';
import { renderResources } from '../../../src/backend/oci/resources.ts';
import { renderSeccomp } from '../../../src/backend/oci/seccomp.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { spec } from '../../support/containers.ts';

const host: ConfigHost = {
  rlimits: [
    { name: 'nofile', soft: 1024, hard: 4096 },
    { name: 'core', soft: -1, hard: -1 },
  ],
  oomScore: 100,
  devices: [{ name: 'fuse', type: 'c', major: 10, minor: 229, mode: 0o600 }],
  cgroupsPath: '/sc/0123',
  groupsOfV1: undefined,
  resources: {
    hasCpuOfV2: true,
    accountsSwap: true,
    devices: [{ type: 'c', major: 10, minor: 229, access: 'rwm' }],
    numbersOf: () => ({ major: 8, minor: 0 }),
  },
  architecture: 'SCMP_ARCH_X86_64',
};

type Changes = Parameters<typeof spec>[1];

function config(
  changes: Changes = {},
  of: Partial<ConfigHost> = {},
  uid = 0,
  interfaces: NetworkInterface[] = [],
) {
  const container = spec(['sh', '-c', 'exit'], changes);
  const request = {
    container,
    rootfs: { mounts: [] },
    identity: { uid, gid: uid, groups: [29, 44], home: '/' },
    environment: ['PATH=/bin', 'A=b'],
    etc: [],
    interfaces,
  };
  return renderConfig(request, { ...host, ...of });
}

test('a container is a configuration of the runtime specification', () => {
  const { linux, ...rest } = config({
    rootfs: { readOnly: true },
    process: { umask: 0o077 },
    network: { hostname: 'box', domainName: 'example.org' },
    security: { sysctls: { 'net.core.somaxconn': '64' } },
  });
  const { seccomp, ...others } = linux;
  expect(seccomp?.syscalls.length).toBeGreaterThan(10);
  expect(formatConfig({ ...rest, linux: others })).toMatchSnapshot();
});

test('in the network of somebody else it has none of its own', () => {
  const kinds = ({ linux }: ReturnType<typeof config>) => linux.namespaces.map(({ type }) => type);
  expect(kinds(config())).toContain('network');
  expect(kinds(config({ network: { mode: 'host' } }))).not.toContain('network');
  expect(kinds(config({ network: { mode: 'container', container: 'proxy' } }))).not.toContain('network');
});

describe('with users of its own', () => {
  const security = { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) };
  const bound = ({ mounts }: ReturnType<typeof config>) =>
    mounts.filter(({ type }) => type === 'bind').map(({ destination, source }) => [destination, source]);

  test('it has their maps, and what takes rights over the host stands in its root already', () => {
    const own = config({ network: { domainName: 'example.org' }, security });
    expect(own.linux.namespaces).toContainEqual({ type: 'user' });
    const map = [{ containerID: 0, hostID: 524288, size: 65536 }];
    expect(own.linux).toMatchObject({ uidMappings: map, gidMappings: map, devices: [], sysctl: {} });
    expect(bound(own)).toEqual([['/dev', '/run/sc-root/root/dev']]);
    expect(bound(config({ network: { mode: 'host' }, security }))).toEqual([
      ['/dev', '/run/sc-root/root/dev'],
      ['/sys', '/run/sc-root/root/sys'],
    ]);
  });

  test('its user has to be one of them', () => {
    expect(() => config({ security }, {}, 65536)).toThrow('become user 65536');
  });
});

test('settings of a network that is attached to bridges are left to who attaches it', () => {
  const sysctls = { 'net.ipv4.conf.eth0.forwarding': '1', 'net/core/somaxconn': '64', 'kernel.msgmax': '7' };
  const changes = { security: { sysctls } };
  expect(config(changes).linux.sysctl).toEqual(sysctls);
  const eth0 = { interface: 'eth0', port: 'sc1', address: '02:53:43:00:00:02', mtu: 1500, bridge: 7 };
  const interfaces = [{ ...eth0, addresses: [], gateways: [] }];
  expect(config(changes, {}, 0, interfaces).linux.sysctl).toEqual({ 'kernel.msgmax': '7' });
});

test('hooks that are run while it is made are those of the runtime, in whole seconds, with no variables but theirs', () => {
  const hook = { path: '/bin/hook', args: ['hook', 'a'], environment: ['A=b'], timeout: 5000 };
  const said = { createRuntime: [hook], createContainer: [{ ...hook, environment: [] }], poststop: [hook] };
  const rendered = { path: '/bin/hook', args: ['hook', 'a'], env: ['A=b'], timeout: 5 };
  expect(config({ hooks: said }).hooks).toEqual({
    createRuntime: [rendered],
    createContainer: [{ ...rendered, env: [] }],
  });
  expect(config()).not.toHaveProperty('hooks');
  expect(config({ hooks: { poststart: [hook] } })).not.toHaveProperty('hooks');
});

test('a number of 64 bits is written with all of its digits', () => {
  const text = formatConfig(config());
  expect(text).toContain('"hard": 18446744073709551615');
  expect(JSON.parse(text).process.rlimits[0]).toEqual({ type: 'RLIMIT_NOFILE', soft: 1024, hard: 4096 });
});

test('only root has capabilities in effect, and nobody hands any on', () => {
  const { bounding, ...sets } = config({}, {}, 1000).process.capabilities;
  expect(bounding).toContain('CAP_CHOWN');
  expect(Object.values(sets).flat()).toEqual([]);
  const { capabilities } = config().process;
  expect(capabilities.effective).toEqual(capabilities.bounding);
  expect([capabilities.inheritable, capabilities.ambient]).toEqual([[], []]);
});

test('a terminal has the size of that of the caller', () => {
  const { process } = config({ terminal: { tty: true } });
  expect(process).toMatchObject({ terminal: true, consoleSize: { height: 24, width: 80 } });
});

test('on v1 the groups of the container are bound, and nothing else of the trees is to be seen', () => {
  const groupsOfV1 = [{ name: 'memory', path: '/sys/fs/cgroup/memory/sc/0123' }];
  const mounts = config({}, { groupsOfV1 }).mounts.filter(({ destination }) =>
    destination.includes('cgroup'),
  );
  expect(mounts).toEqual([
    {
      destination: '/sys/fs/cgroup',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'noexec', 'ro', 'mode=755'],
    },
    {
      destination: '/sys/fs/cgroup/memory',
      type: 'bind',
      source: '/sys/fs/cgroup/memory/sc/0123',
      options: ['bind', 'private', 'nosuid', 'nodev', 'noexec', 'ro'],
    },
  ]);
});

describe('limits', () => {
  const resources = (changes: NonNullable<Changes>['resources'], of: Partial<ConfigHost['resources']> = {}) =>
    renderResources(spec([], { resources: changes ?? {} }), { ...host.resources, devices: [], ...of });
  const base = { devices: [{ allow: false, access: 'rwm' }], pids: { limit: 2048 } };

  test.each([
    [{ memory: 64 << 20 }, {}, { memory: { limit: 64 << 20, swap: 128 << 20 } }],
    [{ memory: 64 << 20, memorySwap: -1 }, {}, { memory: { limit: 64 << 20, swap: -1 } }],
    [{ memory: 64 << 20 }, { accountsSwap: false }, { memory: { limit: 64 << 20 } }],
    [{ memoryReservation: 1 << 20 }, {}, { memory: { reservation: 1 << 20 } }],
    [{ cpus: 1.5 }, {}, { cpu: { quota: 150_000, period: 100_000 } }],
    [{ cpus: 0.002 }, {}, { cpu: { quota: 2000, period: 1_000_000 } }],
    [{ cpuWeight: 200 }, { hasCpuOfV2: false }, { cpu: { shares: 2048 } }],
    [{ cpuWeight: 200 }, {}, { unified: { 'cpu.weight': '200' } }],
    [{ cpuset: { cpus: '0-1', memoryNodes: '0' } }, {}, { cpu: { cpus: '0-1', mems: '0' } }],
    [{ pids: -1 }, {}, { pids: { limit: -1 } }],
    [
      { hugetlb: [{ pageSize: 2 << 20, limit: 4 << 20 }] },
      {},
      { hugepageLimits: [{ pageSize: '2MB', limit: 4 << 20 }] },
    ],
    [
      { io: { weight: 200, devices: [{ path: '/dev/sda', readRate: 1000, weight: 300 }] } },
      {},
      {
        blockIO: {
          weight: 200,
          weightDevice: [{ major: 8, minor: 0, weight: 300 }],
          throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1000 }],
        },
      },
    ],
  ])('%j is what the specification calls so', (limits, of, expected) => {
    expect(resources(limits, of)).toEqual({ ...base, ...expected });
  });

  test('by a tree of v2 beside trees of v1 are refused, and by no other', () => {
    const v1 = { version: 1 as const, path: '/sys/fs/cgroup/memory', controllers: ['memory'] };
    const v2 = { version: 2 as const, path: '/sys/fs/cgroup/unified', controllers: ['hugetlb'] };
    const wanted = { memory: 1 << 20, hugetlb: [{ pageSize: 2 << 20, limit: 0 }] };
    const refused = unseenLimits(wanted, { mode: 'hybrid', hierarchies: [v1, v2] });
    expect(refused.map(({ path }) => path)).toEqual(['resources.hugetlb']);
    expect(unseenLimits(wanted, { mode: 'v2', hierarchies: [v2] })).toEqual([]);
  });
});

describe('system calls', () => {
  const of = (seccomp: ReturnType<typeof spec>['security']['seccomp'], capabilities: string[] = []) =>
    renderSeccomp({ seccomp, capabilities }, 'SCMP_ARCH_X86_64');

  test('are not filtered where that is said', () => {
    expect(of('unconfined')).toBeUndefined();
  });

  test('are opened by capabilities', () => {
    const names = (capabilities: string[]) =>
      of('default', capabilities)?.syscalls.flatMap((rule) => rule.names) ?? [];
    expect(names([])).not.toContain('mount');
    expect(names(['CAP_SYS_ADMIN'])).toContain('mount');
  });

  test('a rule that says what happens anyway is left out, since libseccomp refuses it', () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        { names: ['read'], action: 'SCMP_ACT_ALLOW' },
        { names: ['reboot'], action: 'SCMP_ACT_ERRNO' },
        { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      ],
    };
    expect(of({ path: '/profile.json', profile: JSON.stringify(profile) })).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [
        { names: ['read'], action: 'SCMP_ACT_ALLOW' },
        { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      ],
    });
  });
});
