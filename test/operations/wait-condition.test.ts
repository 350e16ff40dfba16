import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import { judge } from '../../src/operations/wait-condition.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { Condition } from '../../src/schema/operations/wait.ts';
import { newState } from '../support/states.ts';

const base = newState({ name: 'web' });
const health = { args: ['true'], interval: 1, timeout: 1, startPeriod: 0, startInterval: 1, retries: 3 };
const checked = { ...base, spec: { ...base.spec, monitor: { ...base.spec.monitor, health } } };
const exit = { code: 3, cause: 'exit' } as const;
const unknown = { code: null, cause: 'unknown' } as const;
const named = { id: base.id, name: 'web' };
const running: ContainerState = { ...base, status: 'running' };
const stopped: ContainerState = { ...base, status: 'stopped', exit };
const restarting: ContainerState = {
  ...stopped,
  detached: true,
  restarts: { total: 0, inARow: 0, nextAt: '2999-01-01T00:00:00.000Z' },
};
const healthy: ContainerState = { ...checked, status: 'running', health: { status: 'healthy', failures: 0 } };

const look = (condition: Condition, state: ContainerState, more = {}) =>
  judge(condition, { state, isGone: false, told: undefined, ...more }, bootId(), Date.now());

describe('what has come about', () => {
  test.each<[string, Condition, ContainerState, object]>([
    ['an end', 'stopped', stopped, { ...named, exit }],
    ['a start', 'running', running, named],
    ['a pause', 'paused', { ...base, status: 'paused' }, named],
    ['health', 'healthy', healthy, named],
  ])('%s', (_, condition, state, expected) => {
    expect(look(condition, state)).toEqual(expected);
  });

  test('an end of one that is gone, as it was told', () => {
    expect(look('stopped', running, { isGone: true, told: exit })).toEqual({ ...named, exit });
    expect(look('stopped', stopped, { isGone: true })).toEqual({ ...named, exit });
    expect(look('stopped', running, { isGone: true })).toEqual({ ...named, exit: unknown });
  });

  test('a removal, with what is known of the end', () => {
    expect(look('removed', stopped, { isGone: true })).toEqual({ ...named, exit });
    expect(look('removed', running, { isGone: true, told: exit })).toEqual({ ...named, exit });
    expect(look('removed', base, { isGone: true })).toEqual(named);
  });
});

test.each<[string, Condition, ContainerState]>([
  ['the end of one that runs', 'stopped', running],
  ['the end of one that is paused', 'stopped', { ...base, status: 'paused' }],
  ['the end of one that was never started', 'stopped', { ...base, status: 'created' }],
  ['the end of one that is to be started again', 'stopped', restarting],
  [
    'the end of one that a start of the machine brings back',
    'stopped',
    {
      ...stopped,
      detached: true,
      bootId: 'another',
      spec: {
        ...base.spec,
        monitor: { ...base.spec.monitor, restart: { ...base.spec.monitor.restart, policy: 'always' } },
      },
    },
  ],
  ['a start', 'running', stopped],
  ['health', 'healthy', { ...healthy, health: { status: 'unhealthy', failures: 3 } }],
  ['health of one that is to be started again', 'healthy', { ...restarting, spec: checked.spec }],
  ['a removal', 'removed', stopped],
])('%s is still waited for', (_, condition, state) => {
  expect(look(condition, state)).toBeUndefined();
});

describe('what cannot come about any more', () => {
  test.each(['running', 'paused', 'healthy'] as const)('%s of one that was deleted', (condition) => {
    expect(() => look(condition, checked, { isGone: true })).toThrow(
      expect.objectContaining({
        code: 'SC_NOT_FOUND',
        message: `wait for "web" to be ${condition}: it was deleted`,
      }),
    );
  });

  test('health of one that has ended, or has no check', () => {
    const code = 'SC_WRONG_STATE';
    const message = 'wait for "web" to be healthy: it has ended with code 3';
    expect(() => look('healthy', { ...stopped, spec: checked.spec })).toThrow(
      expect.objectContaining({ code, message }),
    );
    expect(() => look('healthy', running)).toThrow(
      expect.objectContaining({ code, message: 'wait for "web" to be healthy: it has no health check' }),
    );
  });
});

test('an end is never without a code, or the word that nobody knows it', () => {
  const status = fc.constantFrom('creating', 'created', 'running', 'paused', 'stopped');
  const some = fc.option(fc.constant(exit), { nil: undefined });
  fc.assert(
    fc.property(status, fc.boolean(), some, (status, isGone, told) => {
      const state = { ...base, status, ...(status === 'stopped' && { exit }) };
      const awaited = look('stopped', state, { isGone, told });
      if (awaited !== undefined) expect(awaited.exit).toBeDefined();
    }),
  );
});
