import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Checked,
  checkInterval,
  healthAfter,
  unchecked,
  untilNextCheck,
} from '../../src/state/health.ts';

const startedAt = '2026-01-01T00:00:00.000Z';
const start = Date.parse(startedAt);
const check = {
  args: ['check'],
  interval: 30_000,
  timeout: 30_000,
  startPeriod: 0,
  startInterval: 5_000,
  retries: 3,
};

/** A check that began so many milliseconds after the start. */
function checked(milliseconds: number, code?: number): Checked {
  return {
    at: new Date(start + milliseconds).toISOString(),
    output: '',
    ...(code !== undefined && { code }),
  };
}

/** How a container is after checks with these codes, one each second; undefined for one that took too long. */
function health(codes: readonly (number | undefined)[], changes: Partial<typeof check> = {}) {
  return codes.reduce(
    (before: typeof unchecked, code, index) =>
      healthAfter(before, checked((index + 1) * 1000, code), { ...check, ...changes }, startedAt),
    unchecked,
  );
}

describe('health', () => {
  test.each<[string, (number | undefined)[], string, number]>([
    ['is not known before the first check', [], 'starting', 0],
    ['is good after one success', [0], 'healthy', 0],
    ['is not known after a failure', [1], 'starting', 1],
    ['is bad after too many in a row', [1, 1, 1], 'unhealthy', 3],
    ['is bad after what took too long, or could not be run', [undefined, 127, undefined], 'unhealthy', 3],
    ['stays good with a few failures', [0, 1, 1], 'healthy', 2],
    ['counts failures in a row', [0, 1, 1, 0, 1, 1], 'healthy', 2],
    ['stays bad with more failures', [1, 1, 1, 1], 'unhealthy', 4],
    ['is good again after one success', [1, 1, 1, 0], 'healthy', 0],
  ])('%s', (_, codes, status, failures) => {
    expect(health(codes)).toMatchObject({ status, failures });
  });

  test('keeps the last check', () => {
    expect(health([0, 22])).toEqual({ status: 'healthy', failures: 1, last: checked(2000, 22) });
  });

  test('is only bad where as many failures as it takes come last, and only good after a success', () => {
    const code = fc.constantFrom(0, 1, undefined);
    fc.assert(
      fc.property(fc.array(code, { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), (codes, retries) => {
        const { status, failures } = health(codes, { retries });
        const inARow = codes.length - 1 - codes.lastIndexOf(0);
        expect(failures).toBe(inARow);
        expect(status === 'unhealthy').toBe(inARow >= retries);
        if (status === 'healthy') expect(codes).toContain(0);
      }),
    );
  });
});

describe('in the start period', () => {
  const startPeriod = 2_500;

  test('failures do not count', () => {
    expect(health([1, 1], { startPeriod, retries: 1 })).toMatchObject({ status: 'starting', failures: 0 });
    expect(health([1, 1, 1], { startPeriod, retries: 1 })).toMatchObject({
      status: 'unhealthy',
      failures: 1,
    });
  });

  test('they count after the first success', () => {
    expect(health([0, 1], { startPeriod, retries: 1 })).toMatchObject({ status: 'unhealthy', failures: 1 });
  });

  test('checks come in its own interval until the first success', () => {
    const long = { ...check, startPeriod: 60_000 };
    expect(checkInterval(unchecked, long, startedAt, start + 10_000)).toBe(5_000);
    expect(checkInterval(health([0]), long, startedAt, start + 10_000)).toBe(30_000);
    expect(checkInterval(unchecked, long, startedAt, start + 60_000)).toBe(30_000);
  });
});

describe('who takes it up', () => {
  test('waits for as long as is left since the last check, or since the start', () => {
    expect(untilNextCheck(unchecked, check, startedAt, start + 10_000)).toBe(20_000);
    expect(untilNextCheck(health([0, 0]), check, startedAt, start + 10_000)).toBe(22_000);
  });

  test('does not wait where a check is over-due', () => {
    expect(untilNextCheck(unchecked, check, startedAt, start + 30_000)).toBeUndefined();
  });

  test('waits no longer than the interval, whatever was done to the clock', () => {
    expect(untilNextCheck(health([0]), check, startedAt, start - 1e9)).toBe(30_000);
  });
});
