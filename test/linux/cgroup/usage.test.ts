import { describe, expect, test } from 'vitest';
import type { LiveGroup } from '../../../src/linux/cgroup/membership.ts';
import { usageOf } from '../../../src/linux/cgroup/usage.ts';
import { recordedLook } from './recorded-hosts.ts';

const v2 = (path: string): LiveGroup => ({ version: 2, path, controllers: [] });
const v1 = (path: string, ...controllers: string[]): LiveGroup => ({ version: 1, path, controllers });

const cpuStat = 'usage_usec 1250417\nuser_usec 1000000\nsystem_usec 250417\n';
const filesOfV2 = {
  '/v2/cpu.stat': cpuStat,
  '/v2/memory.current': '5242880\n',
  '/v2/memory.stat': 'anon 1048576\nfile 4194304\nkernel 0\ninactive_file 2097152\nactive_file 2097152\n',
  '/v2/memory.max': '67108864\n',
  '/v2/pids.current': '3\n',
  '/v2/pids.max': '2048\n',
  '/v2/io.stat':
    '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n254:0 rbytes=1 wbytes=2 rios=1 wios=1\n7:0 \n',
};
const filesOfV1 = {
  '/memory/memory.usage_in_bytes': '5242880\n',
  '/memory/memory.limit_in_bytes': '67108864\n',
  '/memory/memory.stat': 'cache 4194304\ninactive_file 1\ntotal_inactive_file 2097152\n',
  '/pids/pids.current': '3\n',
  '/pids/pids.max': 'max\n',
  '/cpu,cpuacct/cpuacct.usage': '1250417499\n',
};
const usage = (groups: readonly LiveGroup[], files: Record<string, string>) =>
  usageOf(groups, recordedLook(files).read);

describe('what groups say of their use', () => {
  test('is all in one on v2', () => {
    expect(usage([v2('/v2')], filesOfV2)).toEqual({
      cpuTime: 1250417,
      memory: 3145728,
      memoryLimit: 67108864,
      pids: 3,
      pidsLimit: 2048,
      read: 4097,
      written: 8194,
    });
  });

  test('is without what is not limited and not counted on v2', () => {
    const files = { '/v2/cpu.stat': cpuStat, '/v2/memory.current': '4096\n', '/v2/memory.max': 'max\n' };
    expect(usage([v2('/v2')], files)).toEqual({ cpuTime: 1250417, memory: 4096 });
  });

  test('is of each tree by its controllers on v1, where disks are not counted whole', () => {
    const groups = [
      v1('/memory', 'memory'),
      v1('/pids', 'pids'),
      v1('/cpu,cpuacct', 'cpu', 'cpuacct'),
      v1('/blkio', 'blkio'),
    ];
    expect(usage(groups, filesOfV1)).toEqual({
      cpuTime: 1250417,
      memory: 3145728,
      memoryLimit: 67108864,
      pids: 3,
    });
  });

  test('is of both on a hybrid host', () => {
    const groups = [v1('/memory', 'memory'), v1('/pids', 'pids'), v2('/v2')];
    const files = { ...filesOfV1, '/v2/cpu.stat': cpuStat };
    expect(usage(groups, files)).toMatchObject({ cpuTime: 1250417, memory: 3145728, pids: 3 });
  });

  test('has no limit of memory where v1 writes the greatest number of pages', () => {
    const files = { '/memory/memory.limit_in_bytes': '9223372036854771712\n' };
    expect(usage([v1('/memory', 'memory')], files)).toEqual({});
  });

  test('is never less than nothing, and nothing where the group is gone', () => {
    const files = { '/v2/memory.current': '4096\n', '/v2/memory.stat': 'inactive_file 8192\n' };
    expect(usage([v2('/v2')], files)).toEqual({ memory: 0 });
    expect(usage([v2('/v2')], {})).toEqual({});
    expect(usage([], filesOfV2)).toEqual({});
  });
});
