import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRoot } from '../../src/state/root.ts';

test('a directory of state is made with those on the way to it, for its owner alone', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  try {
    const root = join(directory, 'some/where');
    makeRoot(root);
    makeRoot(root);
    expect(statSync(root).mode & 0o7777).toBe(0o700);
    expect(statSync(join(directory, 'some')).mode & 0o7777).toBe(0o700);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.each(['/proc/nope', '/proc/nope/deeper'])('where none can be made that is an error: %s', (root) => {
  expect(() => makeRoot(root)).toThrow(/ENOENT.*\/proc\/nope/);
});
