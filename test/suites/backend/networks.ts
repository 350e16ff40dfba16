import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { NetworkInterface } from '../../../src/backend/backend.ts';
import type { Bench, Changes } from './bench.ts';

const host: Changes = { network: { mode: 'host' } };
const joined: Changes = { network: { mode: 'container', container: 'other' } };
const attached: Changes = {
  network: {
    mode: 'network',
    networks: [{ name: 'bridge', addresses: [], aliases: [] }],
  },
};

const namespaceOf = (pid: number | string) => readlinkSync(`/proc/${pid}/ns/net`);
/** Of this network; /sys may be that of another (sysfs(5)). */
const interfaces = () =>
  [...readFileSync('/proc/net/dev', 'utf8').matchAll(/^ *([^\s:]+):/gm)].map(([, name]) => name);
/** A server that says hello to each who connects. */
const server = ['sh', '-c', 'while :; do nc -l -p 7000 -e echo hello; done'];
const ask = (address: string) => `until nc ${address} 7000 2>/dev/null; do sleep 0.02; done`;

/** The networks that a container can be in beside one of its own that leads nowhere. */
export function networksSuite(bench: Bench): void {
  const { launch, needs, run, sh } = bench;

  const testHost = needs({ 'network.mode': 'host', 'namespaces.network': 'host' });

  testHost('a container in the network of the machine has its interfaces', async () => {
    const script =
      'readlink /proc/self/ns/net; ls /sys/class/net; [ -n "$(ls /sys/fs/cgroup)" ] && echo groups';
    const [namespace, ...rest] = (await sh(script, host)).stdout.split('\n');
    expect(namespace).toBe(namespaceOf('self'));
    expect(rest).toEqual(expect.arrayContaining([...interfaces(), 'groups']));
  });

  testHost('it cannot change the network of the machine', async () => {
    const script =
      'ip link set lo down && echo down; echo 1 >/proc/sys/net/ipv4/ip_forward && echo written; mount -o remount,rw /sys && echo rw';
    expect(await sh(script, host)).toMatchObject({
      stdout: '',
      stderr: expect.stringMatching(/Operation not permitted.*Read-only file system.*permission denied/s),
    });
  });

  needs({ 'network.mode': 'container:other', 'namespaces.network': 'container:other' }).each([false, true])(
    'a container is in the network of another, with an init: %s',
    async (init) => {
      const other = await launch(server);
      const networkNamespace = openSync(`/proc/${other.handle.pid}/ns/net`, 'r');
      try {
        const script = `readlink /proc/self/ns/net; ls /sys/class/net; ls /proc/self/fd | wc -l; ${ask('127.0.0.1')}`;
        const { stdout } = await sh(script, { ...joined, monitor: { init } }, { networkNamespace });
        expect(stdout).toBe(`${namespaceOf(other.handle.pid)}\nlo\n4\nhello\n`);
      } finally {
        closeSync(networkNamespace);
        other.handle.kill(9);
        await other.handle.wait();
      }
    },
  );

  describe('attached to a bridge', () => {
    const test = needs({ 'network.mode': 'bridge', 'security.sysctls': {} });

    const endpoint = (number: number, bridge: number): NetworkInterface => ({
      interface: 'eth0',
      port: `sc-test-${number}`,
      address: `02:53:43:00:00:0${number}`,
      mtu: 1400,
      addresses: [`10.255.89.${number}/24`, `fd53:4300::${number}/64`],
      gateways: ['10.255.89.1', 'fd53:4300::1'],
      bridge,
    });

    /** One without an address, so that the machine itself reaches nobody by it. */
    async function onBridge(act: (bridge: number) => Promise<void>): Promise<void> {
      const ip = (...args: string[]) => execFileSync('ip', args, { encoding: 'utf8' });
      ip('link', 'add', 'sc-test-br', 'type', 'bridge');
      try {
        ip('link', 'set', 'sc-test-br', 'up');
        await act(Number(/^\d+/.exec(ip('-o', 'link', 'show', 'sc-test-br'))?.[0]));
      } finally {
        ip('link', 'delete', 'sc-test-br');
      }
    }

    test('containers have their addresses and routes, and reach each other', async () => {
      await onBridge(async (bridge) => {
        const other = await launch(server, attached, { interfaces: [endpoint(2, bridge)] });
        try {
          const script = `ip -o addr show eth0; ip route; ip -6 route; ls /sys/class/net; ls /proc/self/fd | wc -l
            cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu; ${ask('10.255.89.2')}`;
          const { stdout } = await sh(script, attached, { interfaces: [endpoint(3, bridge)] });
          expect(stdout).toContain('inet 10.255.89.3/24');
          expect(stdout).toContain('inet6 fd53:4300::3/64');
          expect(stdout).toContain('default via 10.255.89.1 dev eth0');
          expect(stdout).toContain('default via fd53:4300::1 dev eth0');
          expect(stdout).toMatch(/\neth0\nlo\n4\n02:53:43:00:00:03\n1400\nhello\n$/);
        } finally {
          other.handle.kill(9);
          await other.handle.wait();
        }
      });
    });

    test('settings of the kernel hold for the interface too, and root has rights over it', async () => {
      await onBridge(async (bridge) => {
        const sysctls = { 'net.ipv4.conf.eth0.forwarding': '1', 'net.ipv4.ip_unprivileged_port_start': '80' };
        const capabilities = ['CAP_NET_ADMIN' as const];
        const script = `sysctl -n ${Object.keys(sysctls).join(' ')}; ip link set eth0 mtu 1300; cat /sys/class/net/eth0/mtu`;
        const changes = { ...attached, security: { sysctls, capabilities } };
        const { stdout, stderr } = await sh(script, changes, { interfaces: [endpoint(2, bridge)] });
        expect({ stdout, stderr }).toEqual({ stdout: '1\n80\n1300\n', stderr: '' });
      });
    });

    test('of an interface that cannot be made nothing is left, and the error names it', async () => {
      await expect(run(['true'], attached, { interfaces: [endpoint(2, 0x7fff_fff0)] })).rejects.toMatchObject(
        {
          code: 'SC_START_FAILED',
          message: expect.stringContaining('make interface "eth0", whose other end is "sc-test-2": '),
        },
      );
      expect(interfaces()).not.toContain('sc-test-2');
    });
  });
}
