import { constants } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSignal, signalName } from '../../src/linux/signals.ts';

describe('parseSignal', () => {
  test('reads every form of the field', () => {
    expect(['TERM', 'SIGTERM', 'sigterm', '15', 15].map(parseSignal)).toEqual([15, 15, 15, 15, 15]);
    expect(['SIGRTMIN', 'RTMIN+3', 'SIGRTMIN+3', 'SIGRTMAX', 'RTMAX-1'].map(parseSignal)).toEqual([
      34, 37, 37, 64, 63,
    ]);
    expect(['IOT', 'SIGCLD', 'POLL'].map(parseSignal)).toEqual([6, 17, 29]);
  });

  test('agrees with the C library of this machine on every standard signal', () => {
    for (const [name, number] of Object.entries(constants.signals)) expect(parseSignal(name)).toBe(number);
  });

  test('names the near misses of a signal that is not there', () => {
    expect(() => parseSignal('SIGTREM')).toThrow('unknown signal "SIGTREM"; did you mean SIGTERM');
  });

  test.each([
    '',
    '0',
    '-1',
    '65',
    '015',
    '1.5',
    '0x9',
    'SIG',
    'SIGRTMIN+31',
    'RTMAX-31',
    'RTMIN-1',
    'SIGSIGTERM',
  ])('refuses "%s"', (text) => expect(() => parseSignal(text)).toThrow('unknown signal'));

  test.each([0, -1, 65, 1.5, Number.NaN])('refuses the number %d', (number) => {
    expect(() => parseSignal(number)).toThrow('unknown signal');
  });
});

test('signalName writes what parseSignal reads back', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 64 }), (n) => parseSignal(signalName(n)) === n));
  expect([1, 9, 32, 34, 37, 49, 50, 63, 64].map(signalName)).toEqual([
    'SIGHUP',
    'SIGKILL',
    '32',
    'SIGRTMIN',
    'SIGRTMIN+3',
    'SIGRTMIN+15',
    'SIGRTMAX-14',
    'SIGRTMAX-1',
    'SIGRTMAX',
  ]);
});
