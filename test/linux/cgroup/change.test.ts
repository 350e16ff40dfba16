import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CgroupResources } from '../../../src/linux/cgroup/cgroup.ts';
import { planChange } from '../../../src/linux/cgroup/change.ts';
import { hybrid, pureV2, recordedHost, recordedLook, v1Only } from './recorded-hosts.ts';

const MiB = 1024 * 1024;
const hosts = { v1: v1Only, hybrid, v2: pureV2 } as const;

/** Files of the host, and of the groups of a container that limits nothing. */
const files: Record<string, string> = {
  '/sys/devices/system/cpu/online': '0-3\n',
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
  '/sys/fs/cgroup/cpuset/cpuset.cpus': '0-3\n',
  '/sys/fs/cgroup/cpuset/cpuset.mems': '0\n',
  '/sys/fs/cgroup/cpuset/cpuset.effective_cpus': '0-3\n',
  '/sys/fs/cgroup/cpuset.cpus.effective': '0-3\n',
  '/sys/fs/cgroup/memory/sc/x/cgroup.procs': '7\n',
  '/sys/fs/cgroup/pids/sc/x/cgroup.procs': '7\n',
  '/sys/fs/cgroup/unified/sc/x/cgroup.procs': '7\n',
  '/sys/fs/cgroup/sc/x/cgroup.procs': '7\n',
};

type Limits = Partial<CgroupResources>;

function change(host: keyof typeof hosts, before: Limits, after: Limits, now: Record<string, string> = {}) {
  const look = recordedLook({ ...files, ...now }, { '/dev/sda': '8:0', '/dev/sdb': '8:16' });
  const request = { parent: '/sc', id: 'x', before: { pids: -1, ...before }, after: { pids: -1, ...after } };
  return planChange(recordedHost(hosts[host]), request, look);
}

/** `group/file: before -> value`. */
function writes(...args: Parameters<typeof change>): string[] {
  return change(...args).writes.map(
    ({ group, file, before, value }) =>
      `${group.replace('/sys/fs/cgroup/', '')}/${file}: ${before.trim()} -> ${value.trim()}`,
  );
}

test.each(['v1', 'hybrid', 'v2'] as const)('what stays is not written on %s', (host) => {
  const limits = { memory: 64 * MiB, pids: 100 };
  expect(change(host, limits, limits)).toEqual({ parents: [], writes: [], added: [] });
});

describe('memory and swap of v1', () => {
  const at = (memory: number, memorySwap: number) => ({ memory: memory * MiB, memorySwap: memorySwap * MiB });
  const group = '/sys/fs/cgroup/memory/sc/x';
  const now = (both: number) => ({ [`${group}/memory.memsw.limit_in_bytes`]: `${both * MiB}\n` });
  const order = (...args: Parameters<typeof change>) => change(...args).writes.map(({ file }) => file);
  const [alone, both] = ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'] as const;

  test('are raised from the outside in, and lowered from the inside out', () => {
    expect(order('hybrid', at(64, 128), at(200, 300), now(128))).toEqual([both, alone]);
    expect(order('hybrid', at(200, 300), at(64, 128), now(300))).toEqual([alone, both]);
    expect(order('hybrid', at(64, 300), at(100, 200), now(300))).toEqual([alone, both]);
  });

  test('are never one above the other on the way', () => {
    const limits = fc
      .tuple(fc.integer({ min: 6, max: 100 }), fc.integer({ min: 0, max: 100 }))
      .map(([memory, more]) => at(memory, memory + more));
    fc.assert(
      fc.property(limits, limits, (before, after) => {
        const is: Record<string, number> = { [alone]: before.memory, [both]: before.memorySwap };
        const { writes: steps } = change('hybrid', before, after, now(before.memorySwap / MiB));
        for (const { file, value } of steps) {
          is[file] = Number(value);
          expect(is[alone]).toBeLessThanOrEqual(is[both] ?? 0);
        }
        for (const { file, before: value } of steps.toReversed()) {
          is[file] = Number(value);
          expect(is[alone]).toBeLessThanOrEqual(is[both] ?? 0);
        }
        expect(is).toEqual({ [alone]: before.memory, [both]: before.memorySwap });
      }),
    );
  });

  test('go the right way where there was no limit, or is none any more', () => {
    const unlimited = now(2 ** 43);
    expect(order('hybrid', {}, at(64, 128), unlimited)).toEqual([alone, both]);
    expect(writes('hybrid', at(64, 128), { memory: 200 * MiB, memorySwap: -1 }, now(128))).toEqual([
      `memory/sc/x/${both}: ${128 * MiB} -> -1`,
      `memory/sc/x/${alone}: ${64 * MiB} -> ${200 * MiB}`,
    ]);
  });
});

describe('memory of v2', () => {
  test('is lowered only after room was made', () => {
    const at = (memory: number) => ({ memory: memory * MiB, memorySwap: -1 });
    const now = (max: string) => ({ '/sys/fs/cgroup/sc/x/memory.max': `${max}\n` });
    const room = { used: 'memory.current', squeeze: 'memory.high' };
    const lowered = change('v2', at(64), at(32), now(`${64 * MiB}`));
    expect(lowered.writes).toMatchObject([{ file: 'memory.max', value: `${32 * MiB}`, room }]);
    expect(change('v2', {}, at(32), now('max')).writes[0]).toMatchObject({ room });
    expect(change('v2', at(32), at(64), now(`${32 * MiB}`)).writes[0]).not.toHaveProperty('room');
  });

  test('has swap beside it', () => {
    expect(
      writes('v2', { memory: 64 * MiB, memorySwap: 64 * MiB }, { memory: 64 * MiB, memorySwap: -1 }),
    ).toEqual(['sc/x/memory.swap.max: 0 -> max']);
  });
});

test.each([
  ['hybrid', 'pids/sc/x/pids.max'],
  ['v2', 'sc/x/pids.max'],
] as const)('processes without limit on %s are written as max', (host, file) => {
  expect(writes(host, { pids: 100 }, { pids: -1 })).toEqual([`${file}: 100 -> max`]);
  expect(writes(host, { pids: -1 }, { pids: 100 })).toEqual([`${file}: max -> 100`]);
});

describe('a controller that the container had no need of', () => {
  test('is handed down on v2, whose one group has all', () => {
    const { parents, writes: changed, added } = change('v2', {}, { cpus: 1.5, cpuset: { cpus: '0-1' } });
    expect(parents).toEqual(
      ['/sys/fs/cgroup', '/sys/fs/cgroup/sc'].map((path) => ({
        path,
        files: [{ file: 'cgroup.subtree_control', value: '+memory +cpu +cpuset +pids' }],
      })),
    );
    expect(changed).toEqual([
      { group: '/sys/fs/cgroup/sc/x', file: 'cpu.max', value: '150000 100000', before: 'max 100000' },
      { group: '/sys/fs/cgroup/sc/x', file: 'cpuset.cpus', value: '0-1', before: '\n' },
    ]);
    expect(added).toEqual([]);
  });

  test('has a group of its own on v1, with what is above', () => {
    const { parents, writes: changed, added } = change('hybrid', {}, { cpuset: { cpus: '0-1' } });
    expect({ parents, changed }).toEqual({ parents: [], changed: [] });
    expect(added).toMatchObject([
      {
        path: '/sys/fs/cgroup/cpuset/sc/x',
        hierarchy: '/sys/fs/cgroup/cpuset',
        writes: [
          { file: 'cpuset.cpus', value: '0-1' },
          { file: 'cpuset.mems', value: '0' },
        ],
        parents: [
          {
            path: '/sys/fs/cgroup/cpuset/sc',
            files: [
              { file: 'cpuset.cpus', value: '0-3' },
              { file: 'cpuset.mems', value: '0' },
            ],
          },
        ],
      },
    ]);
  });

  test('keeps the group that it got, without a limit, when that is taken back', () => {
    const now = { '/sys/fs/cgroup/cpu/sc/x/cgroup.procs': '7\n' };
    expect(writes('hybrid', { cpus: 1.5, cpuWeight: 200 }, {}, now)).toEqual([
      'cpu/sc/x/cpu.cfs_quota_us: 150000 -> -1',
      'cpu/sc/x/cpu.cfs_period_us: 100000 -> 100000',
      'cpu/sc/x/cpu.shares: 2048 -> 1024',
    ]);
    expect(writes('v2', { cpus: 1.5, cpuWeight: 200 }, {})).toEqual([
      'sc/x/cpu.max: 150000 100000 -> max 100000',
      'sc/x/cpu.weight: 200 -> 100',
    ]);
  });
});

describe('disks', () => {
  const sda = (limits: object) => ({ io: { devices: [{ path: '/dev/sda', ...limits }] } });
  const now = { '/sys/fs/cgroup/blkio/sc/x/cgroup.procs': '7\n' };

  test('are changed each for itself', () => {
    expect(writes('v2', sda({ readRate: 1000 }), sda({ readRate: 2000 }))).toEqual([
      'sc/x/io.max: 8:0 rbps=1000 -> 8:0 rbps=2000',
    ]);
    const both = {
      io: { devices: [...sda({ readRate: 1000 }).io.devices, { path: '/dev/sdb', writeRate: 5000 }] },
    };
    expect(writes('v2', sda({ readRate: 1000 }), both)).toEqual([
      'sc/x/io.max: 8:16 rbps=max wbps=max riops=max wiops=max -> 8:16 wbps=5000',
    ]);
    expect(
      writes('hybrid', sda({ readRate: 1000 }), sda({ readRate: 1000, writeOperations: 10 }), now),
    ).toEqual(['blkio/sc/x/blkio.throttle.write_iops_device: 8:0 0 -> 8:0 10']);
  });
});

test('what could not be started is refused before anything is changed', () => {
  expect(() => change('v2', {}, { cpus: 5 })).toThrow(
    'resources.cpus: 5 processors are more than this host has',
  );
  expect(() => change('v2', { memory: 64 * MiB }, { memory: 64 * MiB, memorySwap: 32 * MiB })).toThrow(
    'resources.memorySwap: 33554432 bytes are less than memory alone has',
  );
});
