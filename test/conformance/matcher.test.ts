import { expect, test } from 'vitest';
import { brokenExpectation, problemWith } from '../../src/conformance/matcher.ts';

test.each([
  [3, 3],
  [{ a: [1] }, { equal: { a: [1] } }],
  ['b', { in: ['a', 'b'] }],
  ['one\ntwo', { regex: '^two$' }],
  ['one two', { contains: ['one', 'two'] }],
  [['a', 'b'], { contains: 'b', length: 2 }],
  ['one', { lacks: 'two' }],
  [{ a: { b: 1, c: 2 }, d: 3 }, { subset: { a: { b: 1 }, d: { range: [3, null] } } }],
  [5, { range: [5, 7] }],
  [undefined, { exists: false }],
  ['a\nb\n', { lines: ['a', 'b'] }],
  [[2, 1], { unordered: [1, 2] }],
  [[3, 4], { each: { range: [3, 4] } }],
  [[{ a: 1 }, { a: 2 }], { some: { subset: { a: 2 } } }],
  ['a', { not: 'b' }],
  [{ code: 3, cause: 'exit' }, { schema: 'container-state.schema.json#/$defs/ExitStatus' }],
])('%j fits %j', (found, wanted) => {
  expect(problemWith(found, wanted)).toBeUndefined();
});

test.each([
  ['3', 3, '3'],
  [{ a: 1 }, { equal: { a: 1, b: 2 } }, '{"a":1,"b":2}'],
  ['c', { in: ['a', 'b'] }, 'one of ["a","b"]'],
  [undefined, { regex: '.*' }, 'what fits /.*/'],
  ['one', { contains: ['one', 'two'] }, '["two"] in it'],
  ['one two', { lacks: 'two' }, 'no ["two"] in it'],
  [undefined, { lacks: 'two' }, 'no [] in it'],
  [{ a: { b: 1 } }, { subset: { a: { b: 2 } } }, 'a.b to be 2'],
  ['5', { range: [1, 9] }, 'from 1 to 9'],
  [undefined, { exists: true }, 'something'],
  ['abc', { length: { range: [4, null] } }, 'a length of from 4 to anything'],
  ['a\nb', { lines: ['a'] }, 'the lines ["a"]'],
  [[1, 1], { unordered: [1, 2] }, '[1,2] in any order'],
  // Nothing is each of nothing.
  [[], { each: 1 }, 'each 1'],
  [[1], { some: 2 }, 'some 2'],
  ['a', { not: 'a' }, 'not "a"'],
  ['a', { contains: 'a', length: 2 }, 'a length of 2'],
  [
    { code: 3 },
    { schema: 'container-state.schema.json#/$defs/ExitStatus' },
    "the form of container-state.schema.json#/$defs/ExitStatus: it must have required property 'cause'",
  ],
])('%j does not fit %j', (found, wanted, problem) => {
  expect(problemWith(found, wanted)).toBe(problem);
});

test('what broke names the path, what was found, and what was expected', () => {
  const answer = { exit: { code: 1 }, answers: [{ errno: null }] };
  expect(brokenExpectation(answer, 'exit.code', 1)).toBeUndefined();
  expect(brokenExpectation(answer, 'exit.code', 3)).toBe('exit.code: found 1, expected 3');
  expect(brokenExpectation(answer, 'answers[1].errno', 'EROFS')).toBe(
    'answers[1].errno: found nothing, expected "EROFS"',
  );
});
