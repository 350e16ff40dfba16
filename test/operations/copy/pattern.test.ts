import { describe, expect, test } from 'vitest';
import { matchesPattern } from '../../../src/operations/copy/pattern.ts';

const bytes = (text: string) => Buffer.from(text).toString('latin1');

test.each([
  ['*', 'anything', true],
  ['*.log', 'a.log', true],
  ['*.log', 'a.log.1', false],
  ['a*b*c', 'a1b2b3c', true],
  ['a*b*c', 'a1b2b3', false],
  ['?', 'a', true],
  ['?', 'ä', true],
  ['?', '', false],
  ['??', 'ä', false],
  ['[abc]', 'b', true],
  ['[a-c]x', 'bx', true],
  ['[!a-c]', 'b', false],
  ['[!a-c]', 'd', true],
  ['[^a-c]', 'd', true],
  ['[]]', ']', true],
  ['[a-]', '-', true],
  ['[ä-ö]', 'ö', true],
  ['[', '[', true],
  ['\\*', '*', true],
  ['\\*', 'a', false],
  ['a\\', 'a\\', true],
  ['', '', true],
  ['', 'a', false],
  ['.(x)+', '.(x)+', true],
])('%s and "%s": %s', (pattern, name, fits) => {
  expect(matchesPattern(bytes(name), bytes(pattern))).toBe(fits);
});

describe('hostile patterns', () => {
  test('many stars take no longer than the name times the pattern', () => {
    expect(matchesPattern('a'.repeat(250), `${'*a'.repeat(120)}b`)).toBe(false);
  });

  test('a byte that is no UTF-8 is a character', () => {
    expect(matchesPattern('\xff', '?')).toBe(true);
    expect(matchesPattern('a\xc3', 'a?')).toBe(true);
  });
});
