import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyEntry } from '../../../src/storage/overlay/copy-entry.ts';

describe('a file that changes between look and copy', () => {
  let directory: string;
  let source: string;
  let target: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
    [source, target] = [join(directory, 'source'), join(directory, 'target')];
    writeFileSync(source, 'content', { mode: 0o644 });
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function copyAfter(change: () => void): void {
    const stats = lstatSync(source);
    change();
    copyEntry(source, target, stats);
  }

  test('is copied as it is when it was only written', () => {
    copyAfter(() => writeFileSync(source, 'new'));
    expect(readFileSync(target, 'utf8')).toBe('new');
  });

  test('is not followed when it became a link', () => {
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, 'secret', { mode: 0o644 });
    const become = () => {
      rmSync(source);
      symlinkSync(elsewhere, source);
    };
    expect(() => copyAfter(become)).toThrow('ELOOP');
    expect(existsSync(target)).toBe(false);
  });

  test.each([
    ['when others may read it no more', () => chmodSync(source, 0o640)],
    ['when it grew too large', () => writeFileSync(source, Buffer.alloc(4 * 1024 * 1024 + 1))],
    [
      'when it became a directory',
      () => {
        rmSync(source);
        mkdirSync(source, { mode: 0o755 });
      },
    ],
    [
      'when it became a FIFO',
      () => {
        rmSync(source);
        execFileSync('mkfifo', ['-m', '644', source]);
      },
    ],
  ])('is left out %s', (_, change) => {
    copyAfter(change);
    expect(existsSync(target)).toBe(false);
  });
});
