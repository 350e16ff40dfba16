import { constants } from 'node:os';
import { type ErrorCode, ScError } from '../errors/error.ts';
import { faultOf } from '../errors/fault.ts';
import { unstartedCode } from '../errors/unstarted-code.ts';
import { visible } from '../errors/visible.ts';
import type { Failure } from '../schema/answer.ts';
import type { Problem } from '../schema/fault.ts';
import { usageError } from './usage-error.ts';

export function errorReport(error: unknown): Failure {
  return { error: faultOf(error instanceof ScError ? error : toScError(error)) };
}

/**
 * What failed, on what, why, and what to try; every problem of a file on its line. With the text of the
 * file the place is shown too.
 */
export function errorWords({ error }: Failure, text?: string): string {
  const lines = error.problems?.flatMap((problem) => [problemWords(problem), ...excerpt(problem, text)]) ?? [
    `sc: ${error.message}`,
  ];
  for (const undo of error.undo ?? []) lines.push(`  and while undoing it: ${undo}`);
  for (const hint of error.hint?.split('\n') ?? []) lines.push(`Try: ${hint}`);
  return lines.map(visible).join('\n');
}

/** What the shell gets: 126 and 127 tell of the program, the rest of the runner. */
export function exitCode(error: unknown, command: string | undefined): number {
  return codeOfFault(errorReport(error).error.code, command);
}

/** The same of an error that is told as data. */
export function codeOfFault(code: ErrorCode, command: string | undefined): number {
  const isOfProgram = command === 'run' || command === 'exec';
  const ofProgram = isOfProgram || command === 'apply' ? unstartedCode(code) : undefined;
  if (ofProgram !== undefined) return ofProgram;
  if (isOfProgram) return 125;
  return code === 'SC_BAD_FILE' || code === 'SC_USAGE' ? 2 : 1;
}

export function problemWords(problem: Problem): string {
  // A command line has no lines to point at.
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : 'sc';
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const expected = problem.expected === undefined ? '' : `; expected ${problem.expected}`;
  const suggestion = problem.suggestion === undefined ? '' : `; did you mean ${problem.suggestion}`;
  const others = problem.supportedBy === undefined ? '' : `; supported by ${problem.supportedBy.join(', ')}`;
  return `${place}: ${path}${problem.message}${expected}${suggestion}${others}`;
}

/** The line with a mark below the column, as far as a terminal can show it. */
function excerpt({ line, column }: Problem, text: string | undefined): string[] {
  const shown = text?.split(/\r?\n/)[line - 1]?.replaceAll('\t', ' ');
  if (shown === undefined || shown.length > 120) return [];
  const margin = `${line}`.padStart(5);
  const mark = ' '.repeat(visible(shown.slice(0, column - 1)).length);
  return [`${margin} | ${shown}`, `${' '.repeat(margin.length)} | ${mark}^`];
}

/** Errors of the parser, of Node, and faults of our own. */
function toScError(error: unknown): ScError {
  if (!(error instanceof Error)) return new ScError('SC_INTERNAL', String(error));
  if ('oclif' in error) return usageError(error);
  if ('code' in error && typeof error.code === 'string' && error.code in constants.errno) {
    return new ScError('SC_SYSTEM_CALL', lowerFirst(error.message), { errno: error.code, cause: error });
  }
  return new ScError('SC_INTERNAL', `a fault of sc itself: ${error.message}`, {
    cause: error,
    hint: 'the same again with DEBUG=sc shows where it happened',
  });
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
