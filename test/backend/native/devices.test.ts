import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const { run, sh } = native;

const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });
const device = (path: string, more: object = {}) => ({
  path,
  source: path,
  access: 'rw',
  mode: 0o666,
  ...more,
});
/** Which the plan gives only in the host's user namespace: in another one nobody makes nodes. */
const withNodes = { capabilities: ['CAP_MKNOD', 'CAP_DAC_OVERRIDE'], userNamespace: undefined };
/** A disk that every Linux has, empty or not: opening it is what is refused. */
const disk = 'b 7 0';
const loop = '/dev/loop0';

describe.each([
  ["the host's user namespace", { userNamespace: undefined }],
  ['a user namespace of its own', { userNamespace }],
])('a device of the file in %s', (_, more) => {
  test('is there with its numbers and mode, and can be opened', async () => {
    const devices = [
      device('/dev/own/deep/zero', { source: '/dev/zero', mode: 0o640 }),
      device('/dev/own/disk', { source: loop, access: 'r' }),
    ];
    const script =
      'stat -c "%F %t:%T %a %u" /dev/own/deep/zero /dev/own/disk; head -c 3 /dev/own/deep/zero | wc -c; true </dev/own/disk && echo opened';
    const { stdout, stderr } = await sh(script, { security: { devices, ...more } });
    expect({ stdout, stderr }).toEqual({
      stdout: 'character special file 1:5 640 0\nblock special file 7:0 666 0\n3\nopened\n',
      stderr: '',
    });
  });

  test('is used in no other way than it says', async () => {
    const devices = [
      device('/dev/memory', { source: '/dev/kmsg', access: 'w' }),
      device('/dev/disk', { source: loop, access: 'r' }),
    ];
    const script =
      'true </dev/memory; true >/dev/disk; true 3<>/dev/disk; true >/dev/memory && echo written; true </dev/disk && echo read';
    const { stdout, stderr } = await sh(script, { security: { devices, ...more } });
    expect(stdout).toBe('written\nread\n');
    expect(stderr.match(/Operation not permitted/g)).toHaveLength(3);
  });
});

describe('a node that a container makes', () => {
  const script = `mknod /dev/disk ${disk} && echo made; true </dev/disk && echo opened`;

  test('opens nothing, though CAP_MKNOD may make it', async () => {
    const { stdout, stderr } = await sh(script, { security: withNodes });
    expect({ stdout, stderr }).toEqual({
      stdout: 'made\n',
      stderr: expect.stringContaining('Operation not permitted'),
    });
  });

  test('would open the disk if it were among its devices', async () => {
    const devices = [device('/dev/other', { source: loop, access: 'r' })];
    expect((await sh(script, { security: { ...withNodes, devices } })).stdout).toBe('made\nopened\n');
  });

  test('of the memory, the kernel log or another container is no way out either', async () => {
    const names = ['c 1 1', 'c 1 2', 'c 1 4', 'c 1 11', 'c 4 0', 'c 5 1', 'c 10 229', 'b 254 0', 'b 8 0'];
    const each = names
      .map((name) => `mknod /dev/x ${name} && echo made && { true </dev/x && echo ${name}; rm /dev/x; }`)
      .join(';');
    const { stdout, stderr } = await sh(each, { security: withNodes });
    expect(stdout).toBe(names.map(() => 'made\n').join(''));
    expect(stderr.match(/Operation not permitted/g)).toHaveLength(names.length);
  });

  test('is not even made without the capability', async () => {
    const { stderr } = await sh(script);
    expect(stderr).toMatch(/mknod: .*Operation not permitted/);
  });

  test('ALL capabilities make nodes, and open none of them', async () => {
    const capabilities = ['CAP_MKNOD', 'CAP_SYS_ADMIN', 'CAP_SYS_RAWIO', 'CAP_DAC_OVERRIDE'];
    const all = { capabilities, userNamespace: undefined };
    expect((await sh(script, { security: all })).stdout).toBe('made\n');
  });
});

test('what every container has can be used, and terminals can be made', async () => {
  const script =
    'for d in null zero full random urandom; do head -c 0 /dev/$d && echo $d; done; true >/dev/null; true 3<>/dev/ptmx && echo ptmx; rm /dev/null; ls /dev/null';
  const { stdout } = await sh(script);
  expect(stdout).toBe('null\nzero\nfull\nrandom\nurandom\nptmx\n');
});

test('a file that is deleted in an image is hidden, for which the kernel makes a node of its own', async () => {
  expect((await sh('rm /etc/passwd && ls /etc/passwd')).stderr).toContain('No such file');
});

test.each([
  ['/dev/nothing', 'device "/dev/nothing": ENOENT'],
  ['/etc/passwd', 'device "/etc/passwd": it is no device'],
])('%s is refused before anything is made', async (source, message) => {
  const devices = [device('/dev/x', { source })];
  await expect(run(['true'], { security: { devices } })).rejects.toMatchObject({ message });
});

test('the trees of devices are not shown inside, and nothing there can be changed', async () => {
  const { stdout } = await sh('ls /sys/fs/cgroup; cat /proc/self/cgroup');
  if (readFileSync('/proc/self/mountinfo', 'utf8').includes(' - cgroup cgroup rw,devices'))
    expect(stdout).toMatch(/:devices:\/$/m);
  expect(stdout.split('\n')).not.toContain('devices');
});
