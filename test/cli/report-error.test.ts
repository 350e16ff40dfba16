import { describe, expect, test } from 'vitest';
import { errorReport, errorWords, exitCode } from '../../src/cli/report-error.ts';
import { usageError } from '../../src/cli/usage-error.ts';
import { ScError } from '../../src/errors/error.ts';
import { InvalidFileError } from '../../src/errors/problem.ts';

describe('words', () => {
  test('name what failed and what to try, and what undoing it could not mend', () => {
    const error = new ScError('SC_STORAGE_FAILED', 'mkdir "/x": EROFS', {
      errno: 'EROFS',
      hint: 'choose another --root',
      undo: [new Error('rmdir "/y": EBUSY')],
    });
    expect(errorWords(errorReport(error)).split('\n')).toEqual([
      'sc: mkdir "/x": EROFS',
      '  and while undoing it: rmdir "/y": EBUSY',
      'Try: choose another --root',
    ]);
  });

  test('give each problem of a file a line with its place', () => {
    const error = new InvalidFileError('a.yaml', [
      {
        file: 'a.yaml',
        line: 3,
        column: 1,
        path: 'proces',
        message: 'unknown key "proces"',
        suggestion: 'process',
      },
      { file: 'a.yaml', line: 1, column: 7, path: '', message: 'found a list', expected: 'a mapping' },
      { file: 'a.yaml', line: 4, column: 2, path: 'a', message: 'is not', supportedBy: ['native', 'lxc'] },
    ]);
    expect(errorWords(errorReport(error)).split('\n')).toEqual([
      'a.yaml:3:1: proces: unknown key "proces"; did you mean process',
      'a.yaml:1:7: found a list; expected a mapping',
      'a.yaml:4:2: a: is not; supported by native, lxc',
    ]);
  });

  test("turn the parser's way of saying into ours", () => {
    const missing = new Error(
      'Missing 1 required arg:\nfile  The file.\n\nNote: --set allows\nSee more help',
    );
    const command = { id: 'validate', args: { file: { name: 'file', required: true } } };
    const error = usageError(
      Object.assign(missing, { oclif: { exit: 2 }, args: [{ name: 'file' }] }),
      command,
    );
    expect(errorWords(errorReport(error))).toBe('sc: there is no FILE\nTry: sc validate FILE');
    const flag = new Error('Flag --root expects a value\nSee more help with --help');
    expect(errorWords(errorReport(Object.assign(flag, { oclif: { exit: 2 } })))).toBe(
      'sc: flag --root expects a value\nTry: sc help',
    );
    const unexpected = Object.assign(new Error('Unexpected argument: b'), { args: ['b'] });
    expect(usageError(unexpected, command)).toMatchObject({ message: 'unexpected argument "b"' });
  });

  test.each([
    ['--privileged', '--cap-add NAME'],
    ['--nope', 'sc run IMAGE; sc help run'],
  ])('say what to do without %s', (flag, advice) => {
    const error = Object.assign(new Error('Nonexistent flag'), { flags: [flag] });
    const { message, hint } = usageError(error, { id: 'run', usage: 'run IMAGE', args: {} });
    expect(message).toContain(flag);
    expect(hint).toContain(advice);
  });

  test('show control characters, and mark the place behind them', () => {
    const text = 'args: ["a\u001b[31mb\u009b",\t"\u007f"]';
    const problem = { file: 'a\nb.yaml', line: 1, column: 20, path: 'args', message: `found "\u001b[31m"` };
    const error = new InvalidFileError('a.yaml', [problem], text);
    expect(errorWords(errorReport(error), text).split('\n')).toEqual([
      'a\\nb.yaml:1:20: args: found "\\u001b[31m"',
      '    1 | args: ["a\\u001b[31mb\\u009b", "\\u007f"]',
      `      | ${' '.repeat(29)}^`,
    ]);
    const other = new ScError('SC_NOT_FOUND', 'read "a\u001b"', { hint: 'one\u0007\ntwo' });
    expect(errorWords(errorReport(other)).split('\n')).toEqual([
      'sc: read "a\\u001b"',
      'Try: one\\u0007',
      'Try: two',
    ]);
  });

  test('never hold a stack', () => {
    expect(errorWords(errorReport(new TypeError('x is not a function')))).not.toContain('    at ');
  });
});

test('an error of the kernel that Node met keeps its name', () => {
  const error = Object.assign(new Error("ENOENT: no such file or directory, open '/x'"), { code: 'ENOENT' });
  expect(errorReport(error)).toEqual({
    error: {
      code: 'SC_SYSTEM_CALL',
      errno: 'ENOENT',
      message: "ENOENT: no such file or directory, open '/x'",
    },
  });
});

describe('exit codes', () => {
  const code = (name: ConstructorParameters<typeof ScError>[0], command: string) =>
    exitCode(new ScError(name, 'x'), command);

  test.each([
    ['SC_USAGE', 'run', 125],
    ['SC_BAD_FILE', 'run', 125],
    ['SC_START_FAILED', 'run', 125],
    ['SC_NOT_EXECUTABLE', 'run', 126],
    ['SC_PROGRAM_NOT_FOUND', 'run', 127],
    ['SC_PROGRAM_NOT_FOUND', 'apply', 127],
    ['SC_NOT_EXECUTABLE', 'apply', 126],
    ['SC_UNSUPPORTED', 'apply', 1],
    ['SC_BAD_FILE', 'apply', 2],
    ['SC_USAGE', 'ps', 2],
    ['SC_NOT_FOUND', 'delete', 1],
    ['SC_PROGRAM_NOT_FOUND', 'inspect', 1],
  ] as const)('%s of sc %s is %i', (name, command, expected) => {
    expect(code(name, command)).toBe(expected);
  });
});
