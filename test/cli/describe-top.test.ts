import { expect, test } from 'vitest';
import { describeTop } from '../../src/cli/describe-top.ts';
import type { ContainerProcess } from '../../src/schema/operations/top.ts';

const now = new Date(2024, 4, 2, 14, 5);
const process: ContainerProcess = {
  pid: 4711,
  pidInside: 1,
  parent: 4709,
  uid: 524288,
  state: 'S',
  startedAt: new Date(2024, 4, 2, 9, 30).toISOString(),
  cpuTime: 65_400,
  cpuPercent: 99.6,
  name: 'sleep',
  command: ['sleep', '1000'],
};

const lines = (...changes: Partial<ContainerProcess>[]) => {
  const processes = changes.map((change) => ({ ...process, ...change }));
  return describeTop({ id: 'a'.repeat(64), name: 'hello', processes }, now).split('\n');
};

test('the columns are those of ps -ef, and the number inside', () => {
  expect(lines({}, { user: 'root', uid: 0, terminal: 'pts/0', pid: 12 })).toEqual([
    'UID     PID   PPID  C   STIME  TTY    TIME      INSIDE  CMD',
    '524288  4711  4709  99  09:30  ?      00:01:05  1       sleep 1000',
    'root    12    4709  99  09:30  pts/0  00:01:05  1       sleep 1000',
  ]);
});

test.each([
  [new Date(2024, 4, 1, 23, 59), ' May01 '],
  [new Date(2023, 11, 31), ' 2023 '],
])('a start at %s is shown as%s', (start, shown) => {
  expect(lines({ startedAt: start.toISOString() })[1]).toContain(shown);
});

test('days of processor time stand before the hours', () => {
  expect(lines({ cpuTime: 1000 * (2 * 86_400 + 3 * 3600 + 4 * 60 + 5) })[1]).toContain(' 2-03:04:05 ');
});

test('what a program calls itself cannot draw on the terminal, nor pretend to be another line', () => {
  const command = ['a\u001b[2J', 'b\nroot 1 0', '\u009b31m'];
  expect(lines({ command })[1]).toMatch(/ 1 {7}a\\u001b\[2J b\\nroot 1 0 \\u009b31m$/);
  expect(lines({ command: [], name: 'x\u0007' })[1]).toMatch(/ \[x\\u0007\]$/);
  expect(lines({ command: [], state: 'Z' })[1]).toMatch(/ \[sleep\] <defunct>$/);
});
