import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elapsed } from '../../src/cli/elapsed.ts';

const now = Date.parse('2026-06-01T00:00:00.000Z');
const ago = (seconds: number) => elapsed(new Date(now - seconds * 1000).toISOString(), now);
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [0.4, 'Less than a second'],
  [1.9, '1 second'],
  [2, '2 seconds'],
  [59.9, '59 seconds'],
  [60, 'About a minute'],
  [119, 'About a minute'],
  [2 * MINUTE, '2 minutes'],
  [59 * MINUTE, '59 minutes'],
  [60 * MINUTE, 'About an hour'],
  [89 * MINUTE, 'About an hour'],
  [90 * MINUTE, '2 hours'],
  [47 * HOUR, '47 hours'],
  [2 * DAY, '2 days'],
  [13 * DAY, '13 days'],
  [14 * DAY, '2 weeks'],
  [60 * DAY, '2 months'],
  [729 * DAY, '24 months'],
  [730 * DAY, '2 years'],
])('%d seconds are told as docker does: %s', (seconds, words) => {
  expect(ago(seconds)).toBe(words);
});

test('a clock that was set back since is no reason for a negative time', () => {
  expect(ago(-3600)).toBe('Less than a second');
});

test('later is never told as earlier', () => {
  const factor: Readonly<Record<string, number>> = {
    seconds: 1,
    minutes: MINUTE,
    hours: HOUR,
    days: DAY,
    weeks: 7 * DAY,
    months: 30 * DAY,
    years: 365 * DAY,
  };
  const about: Readonly<Record<string, number>> = {
    'Less than a second': 0,
    '1 second': 1,
    'About a minute': MINUTE,
    'About an hour': HOUR,
  };
  const told = (seconds: number) => {
    const words = ago(seconds);
    const [count = '', unit = ''] = words.split(' ');
    return about[words] ?? Number(count) * (factor[unit] ?? Number.NaN);
  };
  const time = fc.double({ min: 0, max: 3e9, noNaN: true });
  fc.assert(
    fc.property(time, time, (one, other) => {
      expect(told(Math.max(one, other))).toBeGreaterThanOrEqual(told(Math.min(one, other)));
    }),
  );
});
