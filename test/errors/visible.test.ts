import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible, visibleJson, visibleLines } from '../../src/errors/visible.ts';

test.each([
  ['a\u001b[31mb', 'a\\u001b[31mb'],
  ['\t\r\n\u007f', '\\t\\r\\n\\u007f'],
  ['\u009b31m', '\\u009b31m'],
  ['gpj.\u202egnp', 'gpj.\\u202egnp'],
  ['\u2066a\u2069\u200f\u061c', '\\u2066a\\u2069\\u200f\\u061c'],
  ['a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
  ['größer, 大きい, 👩‍💻', 'größer, 大きい, 👩‍💻'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('lines stay lines', () => {
  expect(visibleLines('a\u001b\nb')).toBe('a\\u001b\nb');
});

test('a value as JSON is the same value, and has nothing in it that a terminal obeys', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = visibleJson(value, 2);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(visibleLines(text)).toBe(text);
    }),
  );
  expect(visibleJson({ name: '\u001b\u009b\u202e' })).toBe('{"name":"\\u001b\\u009b\\u202e"}');
});
