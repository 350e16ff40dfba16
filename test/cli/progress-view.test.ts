import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { liveLines } from '../../src/cli/live-view.ts';
import { ProgressView, progressLine } from '../../src/cli/progress-view.ts';

test.each([
  [{ done: 0, total: 30_000_000 }, `layer  [>${' '.repeat(29)}]  0B/30MB`],
  [{ done: 15_000_000, total: 30_000_000 }, `layer  [${'='.repeat(15)}>${' '.repeat(14)}]  15MB/30MB`],
  [{ done: 30_000_000, total: 30_000_000 }, `layer  [${'='.repeat(30)}]  30MB/30MB`],
  [{ done: 0, total: 0 }, `layer  [${'='.repeat(30)}]  0B/0B`],
  [{ done: 1_500 }, 'layer  1.5kB'],
])('%j is a line', (part, line) => {
  expect(progressLine('layer', part)).toBe(line);
});

test('lines take the place of those before, cut to the width of the terminal', () => {
  const size = { rows: 4, columns: 5 };
  expect(liveLines(['one', 'much longer'], size, 0)).toEqual({
    text: 'one\x1b[K\nmuch \x1b[K\n\x1b[J',
    count: 2,
  });
  expect(liveLines(['a', 'b', 'c', 'd'], size, 2)).toEqual({
    text: '\x1b[2Ab\x1b[K\nc\x1b[K\nd\x1b[K\n\x1b[J',
    count: 3,
  });
});

test('nothing is shown where stderr is no terminal', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-progress-'));
  const file = openSync(join(directory, 'stderr'), 'w');
  const stream = { descriptor: file, terminal: false };
  const caller = { stdin: stream, stdout: stream, stderr: stream, environment: {}, workingDirectory: '/' };
  const view = new ProgressView({ ...caller, signals: process });
  view.show('layer', 1, 2);
  view.close();
  closeSync(file);
  expect(readFileSync(join(directory, 'stderr'), 'utf8')).toBe('');
  rmSync(directory, { recursive: true });
});

test('an import shows what it reads and unpacks on a terminal, and nothing of it in a pipe', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-progress-'));
  try {
    await execa('tar', ['-C', '/etc', '-cf', join(directory, 'etc.tar'), 'hostname', 'hosts']);
    const sc = `${join(import.meta.dirname, '../../bin/sc')} --root ${join(directory, 'store')}`;
    const command = `${sc} image import ${join(directory, 'etc.tar')} etc:1`;
    const { stdout } = await execa('script', ['-qec', command, '/dev/null'], { stdin: 'ignore' });
    expect(stdout).toMatch(/read etc\.tar {2}\[=+\]/);
    expect(stdout).toMatch(/unpack [0-9a-f]{12} {2}\[=+\]/);
    expect((await execa({ shell: true })`${command}`).stderr).toBe('');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
