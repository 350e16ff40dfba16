import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ConfigView, renderConfig } from '../../../src/backend/lxc/render/config.ts';
import type { HostCgroups, HostLook } from '../../../src/linux/cgroup/cgroup.ts';
import { planCgroups } from '../../../src/linux/cgroup/plan.ts';
import { deviceRules } from '../../../src/linux/devices.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import type { ContainerSpec } from '../../../src/schema/container-spec.ts';
import { spec } from '../../support/containers.ts';

const v1: HostCgroups = {
  mode: 'v1',
  accountsSwap: true,
  hierarchies: ['cpu', 'cpuset', 'memory', 'devices', 'freezer', 'pids', 'blkio'].map((name) => ({
    version: 1,
    path: `/sys/fs/cgroup/${name}`,
    controllers: [name],
  })),
};

const v2: HostCgroups = {
  mode: 'v2',
  accountsSwap: true,
  hierarchies: [
    {
      version: 2,
      path: '/sys/fs/cgroup',
      controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids'],
    },
  ],
};

/** A machine of two processors. */
const look: HostLook = {
  read: (path) => (/cpus|mems/.test(path) ? '0-1' : '0'),
  list: () => [],
  blockDevice: () => ({ number: '8:0' }),
};

const id = '0'.repeat(64);

function view(host: HostCgroups, resources: ContainerSpec['resources']): ConfigView {
  const devices = deviceRules([{ type: 'c', major: 10, minor: 200, access: 'rwm' }], false);
  const request = { parent: '/sc', id, resources: { ...resources, devices } };
  return { cgroups: planCgroups(host, request, look), cgroupParent: '/sc', devices };
}

const limited = {
  ...spec(['true']).resources,
  memory: 64 << 20,
  memorySwap: 128 << 20,
  memoryReservation: 32 << 20,
  cpus: 0.5,
  cpuWeight: 200,
  cpuset: { cpus: '1', memoryNodes: '0' },
  pids: 100,
};

test.each([
  ['v1', v1],
  ['v2', v2],
])('namespaces, groups and limits of a host with control groups %s', (_, host) => {
  const container = { ...spec(['true']), id };
  expect(renderConfig(container, view(host, limited))).toMatchSnapshot();
});

test.each([
  ['another container', { mode: 'container', container: 'proxy' } as const],
  ['the machine', { mode: 'host' } as const],
])('the network of %s is taken by a descriptor, and lxc-start makes none', (_, network) => {
  const container = spec(['true'], { network });
  const lines = renderConfig({ ...container, id }, view(v2, limited)).split('\n');
  expect(lines.filter((line) => /net/.test(line))).toEqual(['lxc.namespace.share.net = /proc/self/fd/7']);
  expect(lines).toContain('lxc.namespace.clone = mnt uts ipc pid cgroup');
});

test('users of its own are mapped, in a namespace of them', () => {
  const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });
  const lines = renderConfig({ ...spec(['true'], { security: { userNamespace } }), id }, view(v2, limited));
  expect(lines).toContain('lxc.namespace.clone = user mnt uts ipc pid cgroup net\n');
  expect(lines).toContain('lxc.idmap = u 0 524288 65536\nlxc.idmap = g 0 524288 65536\n');
});

test('each setting is a line of its own, whatever the host is called', () => {
  const lines = renderConfig({ ...spec(['true']), id }, view(v2, limited)).split('\n').length;
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (hostname) => {
      const { network } = spec(['true'], { network: { hostname } });
      const render = () => renderConfig({ id, network, security: {} }, view(v2, limited));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
      if (/[\x00-\x1f\x7f]/.test(hostname)) expect(render).toThrow('it is no line');
      else expect(render().split('\n')).toHaveLength(lines);
    }),
  );
});
