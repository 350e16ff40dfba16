import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdtempSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SharedPrograms } from '../../src/conformance/programs.ts';

let directory: string;
let programs: SharedPrograms;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  programs = new SharedPrograms(at('shelf'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (...names: string[]) => join(directory, ...names);
const put = (name: string) => {
  programs.put(at(name));
  return lstatSync(at(name, 'busybox')).ino;
};

test('programs that nobody has changed are the same ones in the next root filesystem', () => {
  const first = put('one');
  programs.takeBack(at('one'));
  expect(put('two')).toBe(first);
  expect(readlinkSync(at('two', 'sh'))).toBe('busybox');
  expect(lstatSync(at('one'), { throwIfNoEntry: false })).toBeUndefined();
});

test.each<[string, () => void]>([
  ['mode', () => chmodSync(at('one', 'busybox'), 0o4755)],
  ['content', () => appendFileSync(at('one', 'busybox'), 'more')],
  ['mode of the directory', () => chmodSync(at('one'), 0o700)],
  ['entry', () => symlinkSync('busybox', at('one', 'another'))],
  [
    'lack',
    () => {
      rmSync(at('one', 'sh'));
    },
  ],
  [
    'link in the place of the directory',
    () => {
      renameSync(at('one'), at('elsewhere'));
      symlinkSync('elsewhere', at('one'));
    },
  ],
])('another %s than they were made with, and they are made anew', (_, change) => {
  const first = put('one');
  change();
  programs.takeBack(at('one'));
  expect(put('two')).not.toBe(first);
  expect(lstatSync(at('two', 'busybox')).mode & 0o7777).toBe(0o755);
  expect(readlinkSync(at('two', 'sh'))).toBe('busybox');
});
