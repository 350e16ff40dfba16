import { describe, expect, test } from 'vitest';
import { each, none } from '../../src/backend/features.ts';
import { featuresOf } from '../../src/backend/registry.ts';
import { changedResources, refuseUndeclared, withRestart } from '../../src/operations/changed-limits.ts';
import { type UpdateFlags, updateRequest } from '../../src/operations/update-request.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { validateRequest } from '../../src/schema/operations/validate-update.ts';
import { spec } from '../support/containers.ts';

const MiB = 1024 * 1024;
const request = (flags: UpdateFlags) => updateRequest(['web'], flags);

describe('the command line', () => {
  test.each<[UpdateFlags, object]>([
    [{ memory: '512m' }, { memory: 512 * MiB }],
    [
      { memory: '512m', 'memory-swap': '1g' },
      { memory: 512 * MiB, memorySwap: 1024 * MiB },
    ],
    [
      { 'memory-swap': '1g', 'memory-reservation': '100m' },
      { memorySwap: 1024 * MiB, memoryReservation: 100 * MiB },
    ],
    [{ 'memory-swap': '-1' }, { memorySwap: -1 }],
    [
      { cpus: '0.5', 'cpu-shares': '512' },
      { cpus: 0.5, cpuWeight: 50 },
    ],
    [{ 'cpuset-cpus': '0-1', 'cpuset-mems': '0' }, { cpuset: { cpus: '0-1', memoryNodes: '0' } }],
    [{ 'pids-limit': '100' }, { pids: 100 }],
    [{ 'pids-limit': '-1' }, { pids: -1 }],
    [{ 'blkio-weight': '200' }, { io: { weight: 200, devices: [] } }],
    [{ 'device-read-bps': ['/dev/sda:1m'] }, { io: { devices: [{ path: '/dev/sda', readRate: MiB }] } }],
  ])('%j changes that alone', async (flags, resources) => {
    const made = await request(flags);
    expect(made).toEqual({ containers: ['web'], resources });
    expect(validateRequest(made)).toBe(true);
  });

  test.each([
    ['no', { policy: 'never' }],
    ['always', { policy: 'always' }],
    ['on-failure:5', { policy: 'on-failure', maxRetries: 5 }],
  ])('--restart %s changes no limit', async (restart, policy) => {
    expect(await request({ restart })).toEqual({ containers: ['web'], restart: policy });
  });

  test.each<[UpdateFlags, string]>([
    [{}, 'there is nothing to be changed'],
    [{ 'cpu-shares': '0' }, 'there is nothing to be changed'],
    [{ memory: '1' }, '--memory: found "1B"; expected at least 6Mi'],
    [{ memory: 'x' }, '--memory: found "x"'],
    [{ 'memory-swap': 'x' }, '--memory-swap: found "x"'],
    [{ memory: '512m', 'memory-swap': '256m' }, '--memory-swap: "256Mi" is less than the memory "512Mi"'],
    [{ cpus: '0' }, '--cpus: found 0'],
    [{ 'pids-limit': 'many' }, '--pids-limit: found "many"'],
    [{ 'cpuset-cpus': '3-1' }, '--cpuset-cpus: range "3-1" ends before it begins'],
    [{ restart: 'sometimes' }, '--restart'],
    [{ restart: 'always:3' }, '--restart: found "always:3"'],
    [{ publish: ['x'] }, '--publish: found "x"'],
    [{ unpublish: ['x'] }, '--unpublish: found "x"'],
  ])('%j is refused as sc run refuses it', async (flags, words) => {
    await expect(request(flags)).rejects.toMatchObject({ code: 'SC_USAGE', hint: 'sc update --help' });
    await expect(request(flags)).rejects.toThrow();
    const { message, problems } = await request(flags).catch((error) => error);
    const [problem] = problems ?? [];
    const said =
      problem === undefined ? message : `${problem.path}: ${problem.message}; expected ${problem.expected}`;
    expect(said).toContain(words);
  });
});

describe('a change', () => {
  test('is refused where the backend of the container does not support it, by its flag', async () => {
    const { fields } = await featuresOf('native');
    const lacking = {
      backend: 'some',
      fields: {
        ...fields,
        ...each(none('it has no limits'), 'resources.io.weight', 'monitor.restart.policy'),
      },
    };
    const refuse = (change: Parameters<typeof refuseUndeclared>[0]) => () =>
      refuseUndeclared(change, lacking);
    expect(refuse({ resources: { memory: MiB }, restart: { policy: 'always' } })).toThrow(
      '--restart: "always" is not supported by backend "some": it has no limits',
    );
    expect(refuse({ resources: { io: { weight: 200, devices: [] } } })).toThrow(
      '--blkio-weight: 200 is not supported by backend "some": it has no limits',
    );
    expect(refuse({ resources: { memory: MiB, cpuset: { cpus: '0' }, pids: -1 } })).not.toThrow();
  });
});

describe('changed limits', () => {
  const { resources: before } = spec([]);

  test('leave what is not named', () => {
    const limited = { ...before, memory: 64 * MiB, memorySwap: 128 * MiB, cpuset: { cpus: '0' } };
    expect(changedResources(limited, { memory: 100 * MiB, cpuset: { memoryNodes: '0' } })).toEqual({
      ...limited,
      memory: 100 * MiB,
      cpuset: { cpus: '0', memoryNodes: '0' },
    });
  });

  test('give a first limit of memory twice as much with swap', () => {
    expect(changedResources(before, { memory: 64 * MiB })).toEqual({
      ...before,
      memory: 64 * MiB,
      memorySwap: 128 * MiB,
    });
    expect(changedResources(before, { memory: 64 * MiB, memorySwap: -1 })).toMatchObject({ memorySwap: -1 });
  });

  test('are those of each disk', () => {
    const limited = {
      ...before,
      io: { weight: 100, devices: [{ path: '/dev/sda', readRate: 5, writeRate: 6 }] },
    };
    const devices = [
      { path: '/dev/sda', readRate: 50 },
      { path: '/dev/sdb', weight: 10 },
    ];
    expect(changedResources(limited, { io: { devices } }).io).toEqual({
      weight: 100,
      devices: [
        { path: '/dev/sda', readRate: 50, writeRate: 6 },
        { path: '/dev/sdb', weight: 10 },
      ],
    });
  });
});

describe('another restart policy', () => {
  const process = { pid: 1, startTime: 1 };
  const state = (changes: Partial<ContainerState>): ContainerState => ({
    version: 1,
    id: 'a'.repeat(64),
    name: 'web',
    status: 'running',
    backend: 'native',
    storageDriver: 'overlay',
    bootId: 'x',
    runner: process,
    detached: true,
    createdAt: '2024-05-01T12:00:00.000Z',
    spec: { ...spec([]), removeOnExit: false },
    ...changes,
  });

  test('keeps how long is waited, and no number of tries that it does not name', () => {
    const limited = withRestart(state({}), { policy: 'on-failure', maxRetries: 5 });
    expect(limited.spec.monitor.restart).toEqual({
      policy: 'on-failure',
      maxRetries: 5,
      delay: 100,
      maxDelay: 60_000,
      resetAfter: 10_000,
    });
    expect(withRestart(limited, { policy: 'always' }).spec.monitor.restart).not.toHaveProperty('maxRetries');
  });

  test('lets one wait no more that is not to be started again', () => {
    const restarts = { total: 3, inARow: 2, nextAt: '2024-05-01T12:00:00.000Z' };
    const waiting = state({ status: 'stopped', restarts });
    expect(withRestart(waiting, { policy: 'never' }).restarts).toEqual({ total: 3, inARow: 2 });
    expect(withRestart(waiting, { policy: 'always' }).restarts).toEqual(restarts);
  });

  test('is refused for what ends with its sc, or is deleted at its end', () => {
    const foreground = state({ detached: false });
    expect(() => withRestart(foreground, { policy: 'always' })).toThrow('it runs in the foreground');
    expect(withRestart(foreground, { policy: 'never' })).toEqual(foreground);
    expect(withRestart(state({ detached: false, status: 'stopped' }), { policy: 'always' })).toBeDefined();
    const { spec: usual } = state({});
    const deleted = state({ spec: { ...usual, removeOnExit: true } });
    expect(() => withRestart(deleted, { policy: 'always' })).toThrow('--rm');
  });
});
