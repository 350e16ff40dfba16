import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdtempSync,
  openSync,
  rmSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isChanged } from '../../src/storage/difference.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-difference-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A file of terabytes that takes a few blocks: to read all of its zeros would take hours. */
function sparse(name: string, content: readonly (readonly [text: string, offset: number])[]) {
  const path = join(directory, name);
  const descriptor = openSync(path, 'w');
  for (const [text, offset] of content) writeSync(descriptor, text, offset);
  ftruncateSync(descriptor, 2 ** 42);
  closeSync(descriptor);
  utimesSync(path, 1, 1);
  return { path: Buffer.from(path), stats: lstatSync(path, { bigint: true }) };
}

test.each([
  [
    'the same',
    [
      ['content', 5],
      ['end', 2 ** 41],
    ],
    false,
  ],
  [
    'the same, and zeros written elsewhere',
    [
      ['content', 5],
      ['\0\0\0', 2 ** 40],
      ['end', 2 ** 41],
    ],
    false,
  ],
  [
    'something in a hole',
    [
      ['content', 5],
      ['x', 2 ** 40],
      ['end', 2 ** 41],
    ],
    true,
  ],
  ['a hole where something was', [['content', 5]], true],
  [
    'something else',
    [
      ['CONTENT', 5],
      ['end', 2 ** 41],
    ],
    true,
  ],
] as const)('of two large files holes are not read: %s', (name, content, isAnother) => {
  const base = sparse('base', [
    ['content', 5],
    ['end', 2 ** 41],
  ]);
  expect(isChanged(base, sparse(name, content), true)).toBe(isAnother);
});
