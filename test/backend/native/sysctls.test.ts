import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unknownSettings } from '../../../src/backend/native/settings.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const { run, sh } = native;

const maps = evenMaps({ inside: 0, host: 524288, size: 65536 });
const setting = (sysctls: { [name: string]: string }, more: object = {}) => ({
  security: { sysctls, ...more },
});
const host = (path: string) => readFileSync(`/proc/sys/${path}`, 'utf8');

describe.each([
  ["the host's user namespace", { userNamespace: undefined }],
  ['a user namespace of its own', { userNamespace: maps }],
])('in %s', (_, more) => {
  test('a container has the settings of its file, the host and its neighbours keep theirs', async () => {
    const paths = [
      'kernel/shmmax',
      'kernel/sem',
      'fs/mqueue/msg_max',
      'net/ipv4/conf/lo/forwarding',
      'net/ipv4/ip_unprivileged_port_start',
    ];
    const before = paths.map(host);
    const sysctls = {
      'kernel.shmmax': '65536',
      'kernel/sem': '10 20 30 40',
      'fs.mqueue.msg_max': '11',
      'net.ipv4.conf.lo.forwarding': '1',
      'net/ipv4/ip_unprivileged_port_start': '0',
    };
    const show = paths.map((path) => `cat /proc/sys/${path}`).join(';');
    expect((await sh(show, setting(sysctls, more))).stdout).toBe('65536\n10\t20\t30\t40\n11\n1\n0\n');
    expect(paths.map(host)).toEqual(before);
    expect((await sh(show, setting({}, more))).stdout).not.toContain('65536\n');
  });

  test('a value that the kernel does not take, or not as a whole, ends the start', async () => {
    for (const value of ['yes', '1 2', '1+kernel.core_pattern=|/bin/evil', '99999999999999999999']) {
      await expect(run(['true'], setting({ 'net.ipv4.ip_forward': value }, more))).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        errno: 'EINVAL',
        message: expect.stringContaining(`set net.ipv4.ip_forward to ${JSON.stringify(value)}`),
      });
    }
    expect(host('kernel/core_pattern')).not.toContain('evil');
  });

  test('a setting that is not there ends the start', async () => {
    await expect(
      run(['true'], setting({ 'net.ipv4.conf.eth9.forwarding': '1' }, more)),
    ).rejects.toMatchObject({
      errno: 'ENOENT',
      hint: expect.stringContaining('sysctl -a'),
    });
  });
});

test.each(['kernel.core_pattern', 'net/../kernel/core_pattern', 'kernel.hostname', 'net.ipv4.ip_forward\nx'])(
  '%j is refused before anything is made, also by who asks the backend without a file',
  async (name) => {
    await expect(run(['true'], setting({ [name]: '1' }))).rejects.toMatchObject({ code: 'SC_USAGE' });
  },
);

test('all settings together are still only readable inside', async () => {
  const script = 'echo 2 >/proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/ipv4/ip_forward';
  const { stdout, stderr } = await sh(script, setting({ 'net.ipv4.ip_forward': '1' }));
  expect({ stdout, stderr }).toEqual({
    stdout: '1\n',
    stderr: expect.stringContaining('Read-only file system'),
  });
});

test('what no container of this host has is told before anything is made, but of interfaces', () => {
  const names = ['kernel.sem', 'net.ipv4.nothing', 'net.ipv6.conf.eth9.mtu', 'net/ipv4/neigh/eth9/locktime'];
  const sysctls = Object.fromEntries(names.map((name) => [name, '1']));
  expect(unknownSettings({ sysctls })).toMatchObject([
    { path: 'security.sysctls["net.ipv4.nothing"]', reason: 'this kernel has no setting "net.ipv4.nothing"' },
  ]);
});
