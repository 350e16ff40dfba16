import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSysctl } from '../../src/linux/sysctls.ts';

test.each([
  ['net.ipv4.ip_forward', 'net/ipv4/ip_forward'],
  ['net/ipv4/ip_forward', 'net/ipv4/ip_forward'],
  ['net.ipv4.conf.eth0/1.forwarding', 'net/ipv4/conf/eth0.1/forwarding'],
  ['net/ipv4/conf/eth0.1/forwarding', 'net/ipv4/conf/eth0.1/forwarding'],
  ['net.ipv4.conf.br-0:1.forwarding', 'net/ipv4/conf/br-0:1/forwarding'],
])('%s is %s of the network namespace', (name, path) => {
  expect(parseSysctl(name)).toEqual({ path, namespace: 'network' });
});

test.each(['kernel.msgmax', 'kernel.sem', 'kernel/shmmax', 'kernel.shm_rmid_forced', 'fs.mqueue.msg_max'])(
  '%s is of the ipc namespace',
  (name) => {
    expect(parseSysctl(name)).toEqual({ path: name.replaceAll('.', '/'), namespace: 'ipc' });
  },
);

test.each([
  ['kernel.core_pattern', 'a setting of the whole machine'],
  ['kernel/core_pattern', 'a setting of the whole machine'],
  ['vm.overcommit_memory', 'a setting of the whole machine'],
  ['fs.file-max', 'a setting of the whole machine'],
  ['fs.mqueue', 'a setting of the whole machine'],
  ['net', 'a setting of the whole machine'],
  ['kernel.shmmx', 'did you mean kernel.shmmax'],
  ['kernel.shmmax.x', 'a setting of the whole machine'],
  ['kernel.hostname', 'has a field of its own'],
  ['kernel/domainname', 'has a field of its own'],
  ['net.ipv4..ip_forward', 'no name of a kernel setting'],
  ['net//ipv4', 'no name of a kernel setting'],
  ['net/../kernel/core_pattern', 'no name of a kernel setting'],
  ['net.//.kernel.core_pattern', 'no name of a kernel setting'],
  ['net./../kernel', 'no name of a kernel setting'],
  ['net.ipv4.ip_forward\nkernel.core_pattern', 'no name of a kernel setting'],
  ['net.ipv4.\0', 'no name of a kernel setting'],
  ['/proc/sys/net/ipv4/ip_forward', 'no name of a kernel setting'],
  ['', 'no name of a kernel setting'],
])('%j is refused', (name, reason) => {
  expect(() => parseSysctl(name)).toThrow(reason);
});

test('whatever the name, what is taken stays below net, fs/mqueue and the settings of System V', () => {
  const part = fc.constantFrom(
    'net',
    'kernel',
    'fs',
    'mqueue',
    'shmmax',
    'core_pattern',
    '..',
    '.',
    '',
    'a b',
    'eth0/1',
  );
  const name = fc.array(fc.tuple(part, fc.constantFrom('.', '/')), { maxLength: 6 });
  fc.assert(
    fc.property(name, (parts) => {
      const text = parts
        .map(([word, separator]) => word + separator)
        .join('')
        .slice(0, -1);
      try {
        const { path } = parseSysctl(text);
        expect(path).toMatch(/^(net\/|fs\/mqueue\/[^/]+$|kernel\/(msg|shm|sem)\w*$)/);
        expect(path.split('/')).not.toContain('..');
        expect(path.split('/')).not.toContain('.');
      } catch (error) {
        expect(error).toMatchObject({ code: 'SC_USAGE' });
      }
    }),
    { numRuns: 3000 },
  );
});
