import { describe, expect, test } from 'vitest';
import type { ContainerStatus } from '../../src/schema/container-state.ts';
import { type ContainerEvent, transition, transitions } from '../../src/state/transitions.ts';

const statuses: ContainerStatus[] = ['creating', 'created', 'running', 'paused', 'stopped'];
const events = Object.keys(transitions) as ContainerEvent[];
const everyPair = events.flatMap((event) => statuses.map((status) => ({ event, status })));

test.each(everyPair.filter(({ event, status }) => transitions[event][status] !== undefined))(
  '$event may come when a container is $status',
  ({ event, status }) => {
    expect(transition({ name: 'web', status }, event)).toBe(transitions[event][status]);
  },
);

test.each(everyPair.filter(({ event, status }) => transitions[event][status] === undefined))(
  '$event is refused when a container is $status',
  ({ event, status }) => {
    const wanted = Object.keys(transitions[event]).join(' or ');
    expect(() => transition({ name: 'web', status }, event)).toThrow(
      expect.objectContaining({
        code: 'SC_WRONG_STATE',
        message: `${event} "web": it is ${status}, and must be ${wanted}`,
      }),
    );
  },
);

describe('what the specification asks of the table', () => {
  test('stopping a stopped container has no effect, and killing one is refused', () => {
    expect(transitions.stop.stopped).toBe('stopped');
    expect(transitions.kill.stopped).toBeUndefined();
  });

  test('every container can end but one that has', () => {
    expect(statuses.filter((status) => transitions.end[status] === undefined)).toEqual(['stopped']);
  });

  test('only what does not run can be deleted', () => {
    expect(Object.keys(transitions.delete)).toEqual(['created', 'stopped']);
  });

  test('nothing comes back from stopped', () => {
    const next = events.map((event) => transitions[event].stopped).filter((status) => status !== undefined);
    expect(new Set(next)).toEqual(new Set(['stopped', 'deleted']));
  });

  test('every status can be reached from the first', () => {
    const reached = new Set<string>(['creating']);
    for (const status of reached) {
      for (const event of events) {
        const next = transitions[event][status as ContainerStatus];
        if (next !== undefined) reached.add(next);
      }
    }
    expect([...reached].sort()).toEqual([...statuses, 'deleted'].sort());
  });
});
