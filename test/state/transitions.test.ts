import { expect, test } from 'vitest';
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

test('what has stopped is not killed', () => {
  expect(transitions.kill.stopped).toBeUndefined();
});
