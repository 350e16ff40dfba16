import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { useBackend, usersOfHost } from './harness.ts';

const native = useBackend();
const { launch, run, sh } = native;

const host = { mode: 'host' } as const;
const joined = { mode: 'container', container: 'other' } as const;
/** Of this network; /sys may be that of another (sysfs(5)). */
const interfaces = () =>
  [...readFileSync('/proc/net/dev', 'utf8').matchAll(/^ *([^\s:]+):/gm)].map(([, name]) => name);
const namespaceOf = (pid: number | string) => readlinkSync(`/proc/${pid}/ns/net`);
const others = { userNamespace: evenMaps({ inside: 0, host: 524288 + 65536, size: 65536 }) };

/** In each user namespace: one of its own, and that of the host. */
const users = [
  ['a user namespace of its own', {}],
  ["the host's user namespace", usersOfHost],
] as const;

describe.each(users)('in %s', (_, security) => {
  test('a container in the network of the machine has its interfaces', async () => {
    const { stdout } = await sh(
      'readlink /proc/self/ns/net; ls /sys/class/net; [ -n "$(ls /sys/fs/cgroup)" ] && echo groups',
      {
        network: host,
        security,
      },
    );
    const [namespace, ...rest] = stdout.split('\n');
    expect(namespace).toBe(namespaceOf('self'));
    expect(rest).toEqual(expect.arrayContaining([...interfaces(), 'groups']));
  });

  test.each([false, true])('a container is in the network of another, with an init: %s', async (init) => {
    const other = await launch(['sh', '-c', 'nc -l -p 7000 -e echo hello & sleep 1000'], {
      security: others,
    });
    const networkNamespace = openSync(`/proc/${other.handle.pid}/ns/net`, 'r');
    try {
      const script = `readlink /proc/self/ns/net; ls /sys/class/net; ls /proc/self/fd | wc -l
        until nc 127.0.0.1 7000; do sleep 0.02; done`;
      const { stdout, stderr } = await sh(
        script,
        { network: joined, security, monitor: { init } },
        { networkNamespace },
      );
      expect({ stdout, stderr: stderr.replaceAll(/nc: .*refused\n/g, '') }).toEqual({
        stdout: `${namespaceOf(other.handle.pid)}\nlo\n4\nhello\n`,
        stderr: '',
      });
    } finally {
      closeSync(networkNamespace);
      other.handle.kill(9);
      await other.handle.wait();
    }
  });

  test('a program is executed in the network that the container is in', async () => {
    const running = await launch(['sleep', '1000'], { network: host, security });
    const program = await native.enter(running, ['readlink', '/proc/self/ns/net']);
    expect((await program.outcome()).stdout).toBe(`${namespaceOf('self')}\n`);
    running.handle.kill(9);
    await running.handle.wait();
  });

  test('it cannot change the network of the machine', async () => {
    const { stdout, stderr } = await sh(
      'ip link set lo down && echo down; echo 1 >/proc/sys/net/ipv4/ip_forward && echo written',
      { network: host, security },
    );
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: expect.stringMatching(/Operation not permitted.*Read-only file system/s),
    });
  });
});

test('root of a user namespace of its own serves no port below 1024 of the machine, and root of the host does', async () => {
  const own = await sh('nc -l -p 81', { network: host });
  expect(own.stderr).toContain('Permission denied');
  const serve = 'nc -l -p 81 -e echo served & until nc 127.0.0.1 81; do sleep 0.02; done';
  const outside = await sh(serve, { network: host, security: usersOfHost });
  expect(outside.stdout).toBe('served\n');
});

test('an error of the way in names the network', async () => {
  const notANamespace = openSync('/dev/null', 'r');
  try {
    await expect(
      run(['true'], { network: joined }, { networkNamespace: notANamespace }),
    ).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: expect.stringContaining('enter the network of the other container: EINVAL'),
    });
  } finally {
    closeSync(notANamespace);
  }
});

test('of an interface that cannot be made nothing is left, and the error names it', async () => {
  const before = interfaces();
  const eth0 = {
    ...{ interface: 'eth0', port: 'sc-test-port', address: '02:53:43:00:00:02', mtu: 1500 },
    ...{ addresses: ['10.255.89.2/24'], gateways: ['10.255.89.1'], bridge: 0x7fff_fff0 },
  };
  const attached = { network: { mode: 'network', name: 'bridge' } } as const;
  await expect(run(['true'], attached, { interfaces: [eth0] })).rejects.toMatchObject({
    code: 'SC_START_FAILED',
    message: expect.stringContaining('make interface "eth0", whose other end is "sc-test-port": '),
  });
  expect(interfaces()).toEqual(before);
});
