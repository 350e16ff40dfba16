import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProgram } from '../../src/linux/find-program.ts';

let directory: string;
const at = (...names: string[]) => join(directory, ...names);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  for (const name of ['one', 'two']) mkdirSync(at(name));
});

afterEach(() => rmSync(directory, { recursive: true }));

test('a program is found in the first directory of the PATH that has one that can be executed', () => {
  writeFileSync(at('one', 'tool'), '');
  mkdirSync(at('one', 'other'));
  for (const name of ['tool', 'other']) writeFileSync(at('two', name), '', { mode: 0o755 });
  const path = `${at('one')}:${at('two')}`;
  expect(findProgram('tool', path)).toBe(at('two', 'tool'));
  expect(findProgram('other', path)).toBe(at('two', 'other'));
  expect(findProgram('nosuch', path)).toBeUndefined();
  expect(findProgram('tool')).toBeUndefined();
});

test('one by its own path is found there and nowhere else, through links', () => {
  writeFileSync(at('two', 'tool'), '', { mode: 0o755 });
  symlinkSync(at('two', 'tool'), at('link'));
  expect(findProgram(at('link'), '')).toBe(at('link'));
  expect(findProgram(at('one', 'tool'), at('two'))).toBeUndefined();
});

test('parts of the PATH that depend on where somebody stands are passed over', () => {
  writeFileSync(at('two', 'tool'), '', { mode: 0o755 });
  expect(findProgram('tool', `:.:${relative(process.cwd(), at('two'))}`)).toBeUndefined();
});
