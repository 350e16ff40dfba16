import { expect, test } from 'vitest';
import { codeFrame, formatProblem } from '../../src/errors/format-problem.ts';

const problem = { file: 'a.yaml', line: 2, column: 4, path: 'process.args', message: 'found 5' };

test('a problem is one line with its place, its path and what was found', () => {
  expect(formatProblem(problem)).toBe('a.yaml:2:4: process.args: found 5');
  expect(formatProblem({ ...problem, path: '' })).toBe('a.yaml:2:4: found 5');
});

test('what was expected and what was probably meant stand in brackets', () => {
  expect(formatProblem({ ...problem, expected: 'a list' })).toBe(
    'a.yaml:2:4: process.args: found 5 (expected a list)',
  );
  expect(formatProblem({ ...problem, expected: 'text', suggestion: '"5"' })).toBe(
    'a.yaml:2:4: process.args: found 5 (expected text; did you mean "5"?)',
  );
});

test('a code frame shows the line and a caret below the column', () => {
  expect(codeFrame(problem, 'first\r\na: bcd\r\n')).toBe('2 | a: bcd\n  |    ^');
});

test('a caret stands below its column also behind tabs and in a long line', () => {
  expect(codeFrame(problem, 'first\na\tbc')).toBe('2 | a\tbc\n  |  \t ^');
  const [shown = '', caret = ''] = codeFrame(
    { ...problem, line: 1, column: 501 },
    `${'x'.repeat(500)}!`,
  ).split('\n');
  expect(shown[caret.indexOf('^')]).toBe('!');
  expect(shown.length).toBeLessThan(170);
});

test('a line that is not there has no frame', () => {
  expect(codeFrame({ ...problem, line: 9 }, 'one line')).toBe('');
  expect(codeFrame({ ...problem, line: 1 }, '')).toBe('');
});
