import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { capabilities } from '../../src/linux/capabilities.ts';
import {
  confiningModules,
  effectiveCapabilities,
  filesystems,
  hasSeccomp,
  kernelRelease,
  lastCapability,
  namespaces,
  overlaySupport,
  parseCapabilityLine,
  readSysctl,
  userNamespaceBarriers,
} from '../../src/linux/kernel.ts';

test('the release is what uname says', () => {
  expect(kernelRelease()).toBe(execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim());
});

test('the last capability is one of the table or newer', () => {
  expect(lastCapability()).toBeGreaterThanOrEqual(capabilities.indexOf('CAP_AUDIT_READ'));
});

test('capabilities are read from their line', () => {
  const status = 'CapInh:\t0000000000000000\nCapPrm:\t000001fffeffffff\nCapEff:\t00000000800405fb\n';
  expect(parseCapabilityLine(status, 'CapEff')).toBe(0x800405fbn);
  expect(parseCapabilityLine(status, 'CapPrm')).toBe(0x1fffeffffffn);
  expect(parseCapabilityLine(status, 'CapBnd')).toBe(0n);
  expect(effectiveCapabilities()).toBe(
    parseCapabilityLine(readFileSync('/proc/self/status', 'utf8'), 'CapEff'),
  );
});

test('every namespace has a link of its own', () => {
  expect(namespaces()).toEqual(expect.arrayContaining(['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']));
  for (const name of namespaces()) expect(readlinkSync(`/proc/self/ns/${name}`)).toMatch(/^[a-z]+:\[\d+\]$/);
});

test('overlay is ready where the kernel lists it', () => {
  expect(filesystems()).toEqual(expect.arrayContaining(['proc', 'tmpfs']));
  if (filesystems().includes('overlay')) expect(overlaySupport()).toBe('ready');
  else expect(['module', 'missing']).toContain(overlaySupport());
});

test('a kernel that runs these tests filters system calls', () => {
  expect(hasSeccomp()).toBe(true);
});

test('a security module is only named where it is active', () => {
  const active = confiningModules();
  expect(active.includes('apparmor')).toBe(
    existsSync('/sys/module/apparmor/parameters/enabled') &&
      readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y'),
  );
  for (const name of active) expect(['apparmor', 'selinux', 'smack', 'tomoyo']).toContain(name);
});

test('barriers of user namespaces are named with their value', () => {
  for (const barrier of userNamespaceBarriers()) {
    const [name = '', value] = barrier.split('=');
    expect(readSysctl(name)).toBe(value);
  }
});

test('a setting that this kernel does not have is undefined', () => {
  expect(readSysctl('kernel.no_such_setting')).toBeUndefined();
  expect(Number(readSysctl('kernel.pid_max'))).toBeGreaterThan(0);
});
