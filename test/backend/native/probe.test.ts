import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownersObstacle } from '../../../src/backend/native/probe.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  mkdirSync(join(directory, 'sub'));
});

afterEach(() => rmSync(directory, { recursive: true }));

test("an ordinary filesystem can be shown with mapped owners, and the kernel's own cannot", () => {
  expect(ownersObstacle([directory], [directory])).toBeUndefined();
  expect(ownersObstacle(['/proc'], [])).toBe('owners cannot be mapped on "/proc": EINVAL');
  expect(ownersObstacle([directory], [directory, '/proc'])).toBe(
    'owners cannot be mapped on "/proc": EINVAL',
  );
});

test('of a tree, what is mounted below counts too; of a directory it does not', () => {
  execFileSync('mount', ['-t', 'proc', 'none', join(directory, 'sub')]);
  try {
    expect(ownersObstacle([directory], [])).toBeUndefined();
    expect(ownersObstacle([], [directory])).toContain('EINVAL');
  } finally {
    execFileSync('umount', [join(directory, 'sub')]);
  }
  expect(ownersObstacle([], [directory])).toBeUndefined();
});

test('what is not there is no obstacle', () => {
  expect(ownersObstacle(['/nonexistent'], ['/nonexistent'])).toBeUndefined();
});
