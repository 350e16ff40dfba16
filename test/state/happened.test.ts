import { describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { ended, happened } from '../../src/state/happened.ts';
import { newState } from '../support/states.ts';

const created = newState({ name: 'web' });
const running: ContainerState = { ...created, status: 'running', startedAt: '2026-01-01T00:00:00.000Z' };
const exit = { code: 3, cause: 'exit' } as const;
const stopped: ContainerState = {
  ...running,
  status: 'stopped',
  exit,
  finishedAt: '2026-01-01T00:00:01.000Z',
};
const nextAt = '2026-01-01T00:00:02.000Z';
const container = { id: created.id, name: 'web' };

const types = (before: ContainerState, after: ContainerState) =>
  happened(before, after).map(({ type }) => type);

test('a container without an earlier record was created', () => {
  expect(happened(undefined, created)).toEqual([{ type: 'created', container }]);
});

test('nothing has happened where only its processes are others', () => {
  expect(happened(running, { ...running, runner: { pid: 1, startTime: 1 } })).toEqual([]);
  expect(happened(created, { ...created, status: 'created' })).toEqual([]);
  expect(happened(stopped, { ...stopped, detached: true })).toEqual([]);
});

describe('what has happened', () => {
  test.each<[string, ContainerState, ContainerState, object]>([
    ['a start', created, running, { type: 'started' }],
    ['a start of one that had stopped', stopped, { ...running, startedAt: nextAt }, { type: 'started' }],
    [
      'a start of one whose end nobody has recorded',
      running,
      { ...running, startedAt: nextAt },
      { type: 'started' },
    ],
    [
      'a restart',
      stopped,
      { ...running, startedAt: nextAt, restarts: { total: 2, inARow: 1 } },
      { type: 'started', restart: 2 },
    ],
    ['a pause', running, { ...running, status: 'paused' }, { type: 'paused' }],
    ['a resumption', { ...running, status: 'paused' }, running, { type: 'resumed' }],
    ['an end', running, stopped, { type: 'stopped', exit }],
    ['an end while it was paused', { ...running, status: 'paused' }, stopped, { type: 'stopped', exit }],
    ['an end before the start', created, { ...created, status: 'stopped' }, { type: 'stopped' }],
    [
      'a start that has failed',
      stopped,
      { ...stopped, exit: { code: 127, cause: 'runner' }, finishedAt: nextAt },
      { type: 'stopped', exit: { code: 127, cause: 'runner' } },
    ],
    ['a request to stop', running, { ...running, stopRequestedAt: nextAt }, { type: 'stopRequested' }],
    ['another name', running, { ...running, name: 'web' }, { type: 'renamed', from: 'old' }],
    [
      'health',
      running,
      { ...running, health: { status: 'healthy', failures: 0 } },
      { type: 'health', health: 'healthy' },
    ],
    [
      'a restart that is to come',
      stopped,
      { ...stopped, restarts: { total: 0, inARow: 0, nextAt } },
      { type: 'restarting', nextAt },
    ],
  ])('%s', (what, before, after, expected) => {
    const earlier = what === 'another name' ? { ...before, name: 'old' } : before;
    expect(happened(earlier, after)).toEqual([{ container, ...expected }]);
  });

  test('an update, by the members that are others now', () => {
    const { resources, monitor } = running.spec;
    const spec = {
      ...running.spec,
      name: 'other',
      resources: { ...resources, memory: 1024, pids: 7 },
      monitor: { ...monitor, restart: { ...monitor.restart, policy: 'always' as const } },
    };
    expect(happened(running, { ...running, spec })).toEqual([
      { type: 'updated', container, changed: ['monitor.restart', 'resources.memory', 'resources.pids'] },
    ]);
  });

  test('health again only when it has changed', () => {
    const starting = { ...running, health: { status: 'starting', failures: 0 } } as const;
    expect(types(starting, { ...running, health: { status: 'starting', failures: 2 } })).toEqual([]);
    expect(types(starting, { ...running, health: { status: 'unhealthy', failures: 3 } })).toEqual(['health']);
  });

  test('several at once, in the order in which they follow from one another', () => {
    const end = { ...stopped, restarts: { total: 0, inARow: 0, nextAt } };
    expect(types(running, end)).toEqual(['stopped', 'restarting']);
    expect(types(running, { ...stopped, stopRequestedAt: nextAt })).toEqual(['stopRequested', 'stopped']);
  });
});

test('an end can be told that no record will show', () => {
  expect(ended({ ...running, exit })).toEqual({ type: 'stopped', container, exit });
});
