import { readlinkSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { Bench } from './bench.ts';

/** What a container has to itself. */
export function namespacesSuite(bench: Bench): void {
  const { needs, run, sh } = bench;

  describe('namespaces', () => {
    const testOwn = needs({
      'namespaces.pid': 'private',
      'namespaces.mount': 'private',
      'namespaces.uts': 'private',
      'namespaces.ipc': 'private',
      'namespaces.network': 'private',
      'namespaces.cgroup': 'private',
    });

    testOwn('are all its own', async () => {
      const kinds = ['pid', 'mnt', 'uts', 'ipc', 'net', 'cgroup'];
      const { stdout } = await sh(`for kind in ${kinds.join(' ')}; do readlink /proc/self/ns/$kind; done`);
      const host = kinds.map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
      const inside = stdout.trim().split('\n');
      expect(inside.filter((link) => host.includes(link))).toEqual([]);
      expect(inside).toHaveLength(kinds.length);
    });

    needs({ 'network.hostname': 'own-name' })('the hostname is its own', async () => {
      expect((await run(['hostname'], { network: { hostname: 'own-name' } })).stdout).toBe('own-name\n');
    });

    needs({ 'network.mode': 'none' })('the network is lo, up, without routes', async () => {
      const { stdout } = await sh(
        'ls /sys/class/net; cat /sys/class/net/lo/flags; cat /proc/net/route | wc -l; ip -o addr | grep -c 127.0.0.1',
      );
      expect(stdout).toBe('lo\n0x9\n1\n1\n');
    });

    needs({ 'namespaces.cgroup': 'private' })('the control group is a root of its own', async () => {
      const { stdout } = await run(['cat', '/proc/self/cgroup']);
      for (const line of stdout.trim().split('\n')) expect(line).toMatch(/:\/$/);
    });
  });
}
