import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { endedState, failedRestart } from '../../src/state/ended.ts';
import { requestEnd } from '../../src/state/requested-end.ts';
import { countedRestart, dueRestart, plannedRestart } from '../../src/state/restarts.ts';
import { newState } from '../support/states.ts';

type Policy = Partial<ContainerState['spec']['monitor']['restart']>;

const startedAt = '2026-01-01T00:00:00.000Z';
const start = Date.parse(startedAt);
const later = (milliseconds: number) => new Date(start + milliseconds).toISOString();

/** A detached container that runs since `startedAt`. */
function running(restart: Policy, changes: Partial<ContainerState> = {}): ContainerState {
  const state = newState({ status: 'running', detached: true, startedAt, ...changes });
  const { monitor } = state.spec;
  return {
    ...state,
    spec: { ...state.spec, monitor: { ...monitor, restart: { ...monitor.restart, ...restart } } },
  };
}

const failed = { exit: { code: 3, cause: 'exit' }, finishedAt: later(50) } as const;
const succeeded = { exit: { code: 0, cause: 'exit' }, finishedAt: later(50) } as const;

/** The waits in milliseconds before each start of one that ends at once again and again. */
function waits(restart: Policy, count: number, ran = 0): (number | undefined)[] {
  let state = running(restart);
  return Array.from({ length: count }, () => {
    const begun = Date.parse(state.startedAt ?? '');
    const end = begun + ran;
    const ended = endedState(state, { ...failed, finishedAt: new Date(end).toISOString() });
    const next = ended.restarts?.nextAt;
    if (next === undefined) return undefined;
    state = { ...ended, status: 'running', startedAt: next, restarts: countedRestart(ended.restarts) };
    return Date.parse(next) - end;
  });
}

describe('whether an end is followed by a start', () => {
  test.each([
    ['never', false, false],
    ['on-failure', true, false],
    ['always', true, true],
    ['unless-stopped', true, true],
  ] as const)('with %s', (policy, afterFailure, afterSuccess) => {
    expect(endedState(running({ policy }), failed).restarts?.nextAt !== undefined).toBe(afterFailure);
    expect(endedState(running({ policy }), succeeded).restarts?.nextAt !== undefined).toBe(afterSuccess);
  });

  test.each(['stop', 'kill'] as const)('never after a request for it by %s', (request) => {
    for (const policy of ['on-failure', 'always', 'unless-stopped'] as const)
      expect(endedState(requestEnd(running({ policy }), request), failed).restarts).toBeUndefined();
  });

  test('never of one that belongs to who started it', () => {
    const { detached, ...foreground } = running({ policy: 'always' });
    expect(endedState(foreground, failed).restarts).toBeUndefined();
  });

  test.each([
    ['of which nobody knows how it came', { code: null, cause: 'unknown' }],
    ['at the deadline, whatever the code', { code: 0, cause: 'deadline' }],
    ['for want of memory', { code: 137, signal: 'SIGKILL', cause: 'oom' }],
  ] as const)('is one %s, a failure', (_, exit) => {
    const state = endedState(running({ policy: 'on-failure' }), { ...failed, exit });
    expect(state.restarts?.nextAt).toBeDefined();
  });
});

describe('how long it waits', () => {
  test("has docker's numbers: 100 ms, doubled with each, 60 s at most", () => {
    expect(waits({ policy: 'always' }, 12)).toEqual([
      ...[100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200],
      ...[60_000, 60_000],
    ]);
  });

  test('begins anew for one that ran for 10 s', () => {
    expect(waits({ policy: 'always' }, 4, 9_999)).toEqual([100, 200, 400, 800]);
    expect(waits({ policy: 'always' }, 4, 10_000)).toEqual([100, 100, 100, 100]);
  });

  test('never shrinks, is never more than the most, and ends when the tries are used up', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.nat(1_000_000),
        fc.option(fc.nat(60), { nil: undefined }),
        (delay, maxDelay, maxRetries) => {
          const policy = {
            policy: 'on-failure',
            delay,
            maxDelay,
            ...(maxRetries !== undefined && { maxRetries }),
          } as const;
          const all = waits(policy, 60);
          const some = all.filter((wait) => wait !== undefined);
          expect(some).toHaveLength(maxRetries ?? 60);
          expect(some).toEqual([...some].sort((left, right) => left - right));
          for (const wait of some) expect(wait).toBeLessThanOrEqual(maxDelay);
          if (some[0] !== undefined) expect(some[0]).toBe(Math.min(delay, maxDelay));
        },
      ),
    );
  });

  test('grows with starts that fail too, however long ago the last run began', () => {
    let state: ContainerState = endedState(running({ policy: 'always' }), failed);
    for (const wait of [200, 400, 800]) {
      const finishedAt = later(1_000_000);
      state = failedRestart(state, { exit: { code: 127, cause: 'runner' }, finishedAt });
      // As one that was tried, and not as one that ran since 1,000 s.
      expect(Date.parse(state.restarts?.nextAt ?? '') - Date.parse(finishedAt)).toBe(wait);
      expect(state).not.toHaveProperty('startedAt');
    }
    expect(state).toMatchObject({ exit: { code: 127, cause: 'runner' }, restarts: { total: 3, inARow: 3 } });
  });
});

describe('the count', () => {
  test('of tries that were used up stays in the record', () => {
    const state = running({ policy: 'on-failure', maxRetries: 2 }, { restarts: { total: 7, inARow: 2 } });
    expect(endedState(state, failed).restarts).toEqual({ total: 7, inARow: 2 });
  });

  test('begins anew for one that ran long enough, and not in total', () => {
    const state = running({ policy: 'on-failure', maxRetries: 2 }, { restarts: { total: 7, inARow: 2 } });
    const ended = endedState(state, { ...failed, finishedAt: later(10_000) });
    expect(ended.restarts).toEqual({ total: 7, inARow: 0, nextAt: later(10_100) });
  });
});

describe('a request for the end', () => {
  const waiting = endedState(running({ policy: 'always' }, { restarts: { total: 3, inARow: 1 } }), failed);

  test.each([
    ['stop', 'stopRequestedAt'],
    ['kill', 'killRequestedAt'],
  ] as const)('by %s ends the waiting', (request, mark) => {
    expect(waiting.restarts?.nextAt).toBeDefined();
    expect(requestEnd(waiting, request, later(60))).toEqual({
      ...waiting,
      restarts: { total: 3, inARow: 1 },
      [mark]: later(60),
    });
  });

  test('is why it ended, where it was to be stopped and by itself did', () => {
    const stopped = requestEnd(running({ policy: 'always' }), 'stop');
    const killed = requestEnd(running({ policy: 'always' }), 'kill');
    const signal = { code: 137, signal: 'SIGKILL', cause: 'signal' } as const;
    expect(endedState(stopped, { ...failed, exit: signal }).exit).toEqual({ ...signal, cause: 'stopped' });
    expect(endedState(killed, { ...failed, exit: signal }).exit).toEqual(signal);
    const oom = { ...signal, cause: 'oom' } as const;
    expect(endedState(stopped, { ...failed, exit: oom }).exit).toEqual(oom);
  });

  test('is the deadline, where the monitor has killed one that was past it, and for no other', () => {
    const { spec, ...state } = running({ policy: 'never' });
    const late = { ...state, spec: { ...spec, monitor: { ...spec.monitor, timeout: 1 } } };
    const killed = { code: 137, signal: 'SIGKILL', cause: 'signal' } as const;
    const end = { exit: killed, finishedAt: later(3_600_000) };
    expect(endedState(late, end).exit).toEqual(killed);
    const { exit, ...ended } = endedState({ ...late, overdueAt: later(60_000) }, end);
    expect(exit).toEqual({ ...killed, cause: 'deadline' });
    expect(ended).not.toHaveProperty('overdueAt');
  });
});

describe('who is to be started by a new monitor', () => {
  const boot = bootId();
  const due = (state: ContainerState, now = start) => dueRestart(state, boot, now);

  test('is one that waits for it, for as long as is left', () => {
    const state = endedState(running({ policy: 'always', delay: 500 }), failed);
    expect([40, 50, 300, 550, 9_000].map((now) => due(state, start + now))).toEqual([510, 500, 250, 0, 0]);
  });

  test('waits no longer than the most, whatever was done to the clock', () => {
    const state = endedState(running({ policy: 'always', delay: 500, maxDelay: 800 }), failed);
    expect(due(state, start - 1e9)).toBe(800);
  });

  test.each([
    ['never', undefined, undefined],
    ['on-failure', undefined, undefined],
    ['always', 0, 0],
    ['unless-stopped', 0, undefined],
  ] as const)('after a start of the machine, with %s', (policy, whenEnded, whenStopped) => {
    const restart = { policy, maxRetries: 0 };
    const old = running(restart, { bootId: 'before' });
    expect(due(endedState(old, failed))).toBe(whenEnded);
    for (const request of ['stop', 'kill'] as const)
      expect(due(endedState(requestEnd(old, request), failed))).toBe(whenStopped);
    // In this boot that was done, or was not to be.
    expect(due(endedState(running(restart), failed))).toBeUndefined();
  });

  test('waits from then on, also where it had been stopped, and has more tries', () => {
    const old = endedState(requestEnd(running({ policy: 'always' }, { bootId: 'before' }), 'stop'), failed);
    const planned = plannedRestart(old, later(9_000));
    expect(planned).toMatchObject({ restarts: { total: 0, inARow: 0, nextAt: later(9_000) } });
    expect(due(planned, start + 9_000)).toBe(0);
    // It is being started, as its record says, by one that dies over it.
    expect(due({ ...planned, bootId: boot }, start + 9_500)).toBe(0);
    const exit = { code: 127, cause: 'runner' } as const;
    expect(failedRestart(planned, { exit, finishedAt: later(9_000) }).restarts?.nextAt).toBe(later(9_200));
    expect(plannedRestart(planned, later(10_000))).toBe(planned);
  });

  test('is none that runs, or that somebody runs in the foreground', () => {
    const old = running({ policy: 'always' }, { bootId: 'before' });
    expect(due(old)).toBeUndefined();
    const { detached, ...foreground } = endedState(old, failed);
    expect(due(foreground)).toBeUndefined();
  });
});
