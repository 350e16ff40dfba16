import { describe, expect, test } from 'vitest';
import { capabilities } from '../../src/linux/capabilities.ts';
import type { HostFacts } from '../../src/linux/host-facts.ts';
import { judge } from '../../src/operations/doctor.ts';

const EXT4 = 0xef53;
const OVERLAYFS = 0x794c7630;

const fine: HostFacts = {
  kernel: '6.1.0-18-amd64',
  capabilities: [...capabilities],
  lastCapability: 40,
  namespaces: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'],
  overlay: 'module',
  seccomp: true,
  libseccomp: { path: '/usr/lib/libseccomp.so.2', version: '2.5.4' },
  cgroups: {
    mode: 'v2',
    hierarchies: [{ version: 2, path: '/sys/fs/cgroup', controllers: ['memory', 'pids'] }],
    accountsSwap: true,
  },
  rlimits: new Map([['nofile', { soft: 1024, hard: 524288 }]]),
  securityModules: ['apparmor'],
  userNamespaceBarriers: [],
};

const verdicts = (facts: Partial<HostFacts>, architecture = 'x64', root = EXT4) =>
  judge({ ...fine, ...facts }, architecture, root)
    .filter(({ status }) => status !== 'ok')
    .map(({ name, status }) => `${status} ${name}`);

test('a host that has everything is fine throughout', () => {
  expect(verdicts({})).toEqual([]);
});

describe('is found and told how to mend:', () => {
  test.each<[string, Partial<HostFacts>]>([
    ['fail kernel', { kernel: '5.10.0-28-amd64' }],
    ['fail capabilities', { capabilities: [] }],
    ['fail namespaces', { namespaces: ['mnt', 'pid'] }],
    ['fail control groups', { cgroups: undefined }],
    [
      'warn control groups',
      { cgroups: { mode: 'v2', hierarchies: fine.cgroups?.hierarchies ?? [], accountsSwap: false } },
    ],
    ['fail overlay', { overlay: 'missing' }],
    ['fail seccomp', { seccomp: false }],
    ['fail libseccomp', { libseccomp: undefined }],
    ['warn security modules', { securityModules: [] }],
  ])('%s', (verdict, facts) => {
    expect(verdicts(facts)).toEqual([verdict]);
    const found = judge({ ...fine, ...facts }, 'x64', EXT4).find(({ status }) => status !== 'ok');
    expect(found).toMatchObject({ meaning: expect.any(String), remedy: expect.any(String) });
  });

  test('a hard limit below the default, where nobody may raise it', () => {
    const rlimits = new Map([['nofile', { soft: 1024, hard: 4096 }]]);
    const limited = capabilities.filter((name) => name !== 'CAP_SYS_RESOURCE');
    expect(verdicts({ rlimits, capabilities: limited })).toEqual(['warn rlimit nofile']);
  });

  test('another processor, and a store on an overlay', () => {
    expect(verdicts({}, 'arm64')).toEqual([]);
    expect(verdicts({}, 'riscv64')).toEqual(['fail processor']);
    expect(verdicts({}, 'x64', OVERLAYFS)).toEqual(['fail state directory']);
  });
});
