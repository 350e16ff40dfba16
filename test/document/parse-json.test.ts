import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../src/document/parse-json.ts';

const said = (text: string) =>
  parseJson(text, 'a.json').problems.map(
    ({ line, column, path, message, expected }) => `${line}:${column} ${path} ${message}, ${expected}`,
  );

test('reads what JSON.parse reads, however it is indented', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'medium' }), fc.constantFrom('', ' ', '\t'), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      fc.pre(!/[\p{Cc}]/u.test(text.replace(/[\n\t]/g, '')) && !/e[-+]?\d|\d{16}/.test(text));
      const document = parseJson(text, 'a.json');
      expect(document.problems).toEqual([]);
      expect(document.value).toEqual(JSON.parse(text));
      expect(document.isWhole).toBe(true);
    }),
  );
});

test('refuses what JSON.parse refuses, or more, and never fails otherwise', () => {
  const pieces = fc.array(
    fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"', '1', '-', '01', 'true', 'x', ' ', '\n', '\\'),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(pieces, (words) => {
      const text = words.join('');
      const isRead = parseJson(text, 'a.json').problems.length === 0;
      if (isRead) expect(() => JSON.parse(text)).not.toThrow();
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['', '1:1  the text ends here, a value of JSON'],
  ['{\n  "a": [1, 2', '2:13 a the text ends here, a comma or ]'],
  ['{\n  "a": x1 }', '2:8 a found "x1", a value of JSON'],
  ['{ "a" 1 }', '1:7 a found "1", a colon'],
  ['{ a: 1 }', '1:3  found "a", a text in double quotes'],
  ['[1,]', '1:4 [1] found "]", a value of JSON'],
  ['{} {}', '1:4  found "{", nothing after the value'],
  ['{ "a": 1, "a": 2 }', '1:11  key "a" stands there twice, undefined'],
  ['[18446744073709551616]', '1:2 [0] found the number 18446744073709551616, one of at most 64 bits'],
  ['[1e300]', '1:2 [0] found the number 1e300, one of at most 64 bits'],
  ['"a\nb"', '1:1  found "\\"", a text in double quotes'],
  ['"\\ud800"', '1:1  found half of a surrogate pair, text that UTF-8 can write'],
])('%j is told with its place', (text, problem) => {
  expect(said(text)).toEqual([problem]);
});

test('a text that is nested without end is refused, not followed', () => {
  expect(said('['.repeat(100_000))).toEqual([expect.stringContaining('at most 64 levels')]);
});

test('a key that means something to JavaScript is a key', () => {
  const { value } = parseJson('{ "__proto__": 1 }', 'a.json');
  expect(Object.entries(Object(value))).toEqual([['__proto__', 1]]);
});
