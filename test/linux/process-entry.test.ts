import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { parseProcessEntry, readProcessEntry } from '../../src/linux/process-entry.ts';
import { terminalName } from '../../src/linux/terminal-name.ts';

const stat = 'S 4709 4711 4711 34816 4711 4194560 312 0 0 0 7 5 0 0 20 0 1 0 90210 2437120 256'.split(' ');
const status =
  'Name:\tsleep\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t0\t524288\t0\t0\nNSpid:\t4711\t812\t1\n';

describe('what the kernel tells of a process', () => {
  const entry = (changes: Partial<Parameters<typeof parseProcessEntry>[0]>) =>
    parseProcessEntry({ pid: 4711, stat, status, command: Buffer.from('sleep\x001000\0'), ...changes });

  test('is read from its files', () => {
    expect(entry({})).toEqual({
      pid: 4711,
      pids: [4711, 812, 1],
      parent: 4709,
      state: 'S',
      uid: 524288,
      terminal: 34816,
      time: 12,
      startTime: 90210,
      name: 'sleep',
      command: ['sleep', '1000'],
    });
  });

  test.each([
    ['', []],
    ['\0\0\0', []],
    ['nginx: worker process\0\0\0\0', ['nginx: worker process']],
    ['no end', ['no end']],
    ['a\0\0b\0', ['a', '', 'b']],
    ['\u00e9\0', ['\u00e9']],
  ])('takes %j for the arguments %j', (command, words) => {
    expect(entry({ command: Buffer.from(command) }).command).toEqual(words);
  });

  test.each([
    ['a) R 1 (b', 'a) R 1 (b'],
    ['two\\nlines', 'two\nlines'],
    ['back\\\\slash', 'back\\slash'],
  ])('takes the name %j for %j', (written, name) => {
    expect(entry({ status: status.replace('sleep', written) }).name).toBe(name);
  });
});

test('a process of this host is what was started, and nothing when it is gone', async () => {
  const child = spawn('sh', ['-c', 'read line', 'sh', '\u001b[31m', '']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  expect(readProcessEntry(pid)).toMatchObject({
    pid,
    parent: process.pid,
    uid: process.geteuid?.(),
    command: expect.arrayContaining(['read line', '\u001b[31m']),
  });
  child.stdin.end();
  await once(child, 'close');
  expect(readProcessEntry(pid)).toBeUndefined();
});

test('no more of the arguments is read than anybody looks at', async () => {
  const child = spawn('sh', ['-c', 'read line', ...Array.from({ length: 20 }, () => 'x'.repeat(4000))]);
  await once(child, 'spawn');
  expect(readProcessEntry(child.pid ?? 0)?.command.join(' ').length).toBeLessThanOrEqual(32_768);
  child.stdin.end();
  await once(child, 'close');
});

test.each([
  [0, undefined],
  [34816, 'pts/0'],
  [(137 << 8) | 2, 'pts/258'],
  [(136 << 8) | 5 | (1 << 20), 'pts/261'],
  [(4 << 8) | 1, 'tty1'],
  [(4 << 8) | 64, 'ttyS0'],
  [(5 << 8) | 1, 'console'],
  [(204 << 8) | 64, undefined],
])('the terminal of number %i is called %s', (number, name) => {
  expect(terminalName(number)).toBe(name);
});
