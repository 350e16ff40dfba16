import { describe, expect, test } from 'vitest';
import { describeStats } from '../../src/cli/describe-stats.ts';
import { liveView } from '../../src/cli/live-view.ts';
import { fileSize, memorySize } from '../../src/cli/quantity.ts';

const MiB = 1024 * 1024;

test('the columns are those that docker has, and what is not known is --', () => {
  const words = describeStats({
    time: '2024-05-01T12:00:03.250Z',
    usage: [
      {
        id: 'c0ffee'.padEnd(64, '0'),
        name: 'hello',
        status: 'running',
        cpu: { time: 1250, percent: 101.5 },
        memory: { used: 1.5 * MiB, limit: 256 * MiB, percent: 0.59 },
        pids: { count: 2, limit: 2048 },
        io: { read: 12_345_678, written: 0 },
      },
      { id: 'beef'.padEnd(64, '0'), name: 'ended', status: 'stopped' },
    ],
  });
  expect(words.split('\n')).toEqual([
    'CONTAINER ID  NAME   CPU %    MEM USAGE / LIMIT  MEM %  BLOCK I/O    PIDS',
    'c0ffee000000  hello  101.50%  1.5MiB / 256MiB    0.59%  12.3MB / 0B  2',
    'beef00000000  ended  --       -- / --            --     -- / --      --',
  ]);
});

test.each([
  [0, '0B', '0B'],
  [1023, '1023B', '1.02kB'],
  [1024, '1KiB', '1.02kB'],
  [999_950, '976.5KiB', '1MB'],
  [1024 * 1024 - 1, '1MiB', '1.05MB'],
  [2_039_480, '1.945MiB', '2.04MB'],
  [3 * 2 ** 50, '3PiB', '3.38PB'],
  [5000 * 2 ** 50, '5000PiB', '5630PB'],
])('%i bytes are %s of memory and %s of a file', (bytes, memory, file) => {
  expect([memorySize(bytes), fileSize(bytes)]).toEqual([memory, file]);
});

describe('a view of a terminal', () => {
  const size = { rows: 4, columns: 10 };

  test('is drawn line by line over the one before, and clears what is left of it', () => {
    expect(liveView('one\ntwo\n', size, true)).toBe('\x1b[2J\x1b[Hone\x1b[K\ntwo\x1b[K\n\x1b[J');
    expect(liveView('one\n', size, false)).toBe('\x1b[Hone\x1b[K\n\x1b[J');
  });

  test('is cut where it does not fit, so that nothing scrolls', () => {
    expect(liveView('1\n2\n3\n', size, false)).toBe('\x1b[H1\x1b[K\n2\x1b[K\n3\x1b[K\n\x1b[J');
    expect(liveView('1\n2\n3\n4\n', size, false)).toBe('\x1b[H1\x1b[K\n2\x1b[K\n... 2 more\x1b[K\n\x1b[J');
    expect(liveView('0123456789abc\n', size, false)).toBe('\x1b[H0123456789\x1b[K\n\x1b[J');
  });
});
