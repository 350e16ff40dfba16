import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Waiting } from '../../src/monitor/waiting.ts';

let woken: string[];
let waiting: Waiting;
beforeEach(() => {
  vi.useFakeTimers();
  woken = [];
  waiting = new Waiting((id) => woken.push(id));
});
afterEach(() => {
  waiting.close();
  vi.useRealTimers();
});

test('each is woken at its time, once', () => {
  waiting.add('late', 300);
  waiting.add('soon', 100);
  vi.advanceTimersByTime(299);
  expect(woken).toEqual(['soon']);
  expect(waiting.size).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(woken).toEqual(['soon', 'late']);
  expect(waiting.size).toBe(0);
});

test('who waits for long is woken each minute, to see whether that is still so', () => {
  waiting.add('cancelled', 3_600_000);
  waiting.add('never', Number.POSITIVE_INFINITY);
  vi.advanceTimersByTime(60_000);
  expect(woken).toEqual(['cancelled', 'never']);
  expect(waiting.size).toBe(0);
});

test('what is said later counts, and who is forgotten is not woken', () => {
  waiting.add('web', 100);
  waiting.add('web', 1_000);
  waiting.add('other', 100);
  waiting.forget('other');
  vi.advanceTimersByTime(999);
  expect(woken).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(woken).toEqual(['web']);
});
