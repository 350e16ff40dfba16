import { expect, test } from 'vitest';
import { factsOf, groupFacts } from '../../src/conformance/group-facts.ts';

const from = (files: { readonly [file: string]: string }) => (file: string) => files[file];

test('the limits of a group have the same words in both versions', () => {
  const memory = { memory: 33554432, memoryAndSwap: 50331648, memoryReservation: 16777216 };
  const v1 = {
    'memory.limit_in_bytes': '33554432',
    'memory.memsw.limit_in_bytes': '50331648',
    'memory.soft_limit_in_bytes': '16777216',
  };
  const v2 = { 'memory.max': '33554432', 'memory.swap.max': '16777216', 'memory.low': '16777216' };
  expect(factsOf('memory', 1, from(v1))).toEqual(memory);
  expect(factsOf('memory', 2, from(v2))).toEqual(memory);
  const cpu = { processors: 0.5, processorWeight: 350, throttled: 7 };
  const stat = 'nr_periods 9\nnr_throttled 7';
  expect(
    factsOf(
      'cpu',
      1,
      from({
        'cpu.cfs_quota_us': '50000',
        'cpu.cfs_period_us': '100000',
        'cpu.shares': '3584',
        'cpu.stat': stat,
      }),
    ),
  ).toEqual(cpu);
  expect(
    factsOf('cpu', 2, from({ 'cpu.max': '50000 100000', 'cpu.weight': '350', 'cpu.stat': stat })),
  ).toEqual(cpu);
});

test('what is not limited is null in both', () => {
  const largest = '9223372036854771712';
  const none = { memory: null, memoryAndSwap: null };
  expect(
    factsOf('memory', 1, from({ 'memory.limit_in_bytes': largest, 'memory.memsw.limit_in_bytes': largest })),
  ).toEqual(none);
  expect(factsOf('memory', 2, from({ 'memory.max': 'max', 'memory.swap.max': 'max' }))).toEqual(none);
  expect(factsOf('memory', 2, from({ 'memory.max': '1', 'memory.swap.max': 'max' }))).toEqual({
    ...{ memory: 1, memoryAndSwap: null },
  });
  for (const [version, files] of [
    [1, { 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '100000' }],
    [2, { 'cpu.max': 'max 100000' }],
  ] as const)
    expect(factsOf('cpu', version, from(files))).toEqual({ processors: null });
});

test('rates and weights of devices are told by their numbers', () => {
  const found = {
    deviceWeight: 300,
    devices: { '7:0': { readRate: 1024, writeOperations: 9, weight: 700 } },
  };
  const v1 = {
    'blkio.throttle.read_bps_device': '7:0 1024',
    'blkio.throttle.write_iops_device': '7:0 9',
    'blkio.bfq.weight': '300',
    'blkio.bfq.weight_device': '7:0 700',
  };
  const v2 = {
    'io.max': '7:0 rbps=1024 wbps=max riops=max wiops=9',
    'io.bfq.weight': 'default 300\n7:0 700',
  };
  expect(factsOf('io', 1, from(v1))).toEqual(found);
  expect(factsOf('io', 2, from(v2))).toEqual(found);
});

test('what the host does not have is not there', () => {
  expect(factsOf('memory', 2, from({}))).toEqual({});
  expect(factsOf('hugetlb', 1, from({}))).toEqual({});
  expect(groupFacts({})).toEqual({});
});
