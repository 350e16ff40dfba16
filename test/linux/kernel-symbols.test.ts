import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readKernelSymbols } from '../../src/linux/kernel-symbols.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function symbols(text: string) {
  const path = join(directory, 'kallsyms');
  writeFileSync(path, text);
  return readKernelSymbols(path);
}

test('an address belongs to the function that begins before it', () => {
  const nameOf = symbols(
    'ffffffff81000200 T second\nffffffff81000100 t first\nffffffff81000300 D data\nffffffffc0000000 t third\t[module]\n',
  );
  expect(nameOf?.(0xffffffff81000100n)).toBe('first');
  expect(nameOf?.(0xffffffff810001ffn)).toBe('first');
  expect(nameOf?.(0xffffffff81000310n)).toBe('second');
  expect(nameOf?.(0xffffffffc0000001n)).toBe('third');
  expect(nameOf?.(0xffffffff81000000n)).toBeUndefined();
});

test('a kernel that hides its addresses names nothing', () => {
  expect(symbols('0000000000000000 T first\n0000000000000000 T second\n')).toBeUndefined();
});

test('this kernel names its own', () => {
  expect(readKernelSymbols()).toBeTypeOf('function');
});
