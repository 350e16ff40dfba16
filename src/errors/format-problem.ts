import type { Problem } from './problem.ts';

/** One line: `file:line:column: path: message (expected ...; did you mean ...?)`. */
export function formatProblem(problem: Problem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const hints = [
    ...(problem.expected === undefined ? [] : [`expected ${problem.expected}`]),
    ...(problem.suggestion === undefined ? [] : [`did you mean ${problem.suggestion}?`]),
  ];
  return `${place}: ${path}${problem.message}${hints.length === 0 ? '' : ` (${hints.join('; ')})`}`;
}

/** The line of a problem with its number, and a caret below the column; nothing where it has no such line. */
export function codeFrame({ line, column }: Problem, text: string): string {
  const source = text.split(/\r?\n/)[line - 1];
  if (source === undefined || source.trim() === '') return '';
  const gutter = String(line);
  // A long line is shown from shortly before the caret.
  const cut = column > 100 ? column - 60 : 0;
  const shown = source.slice(cut, cut + 160);
  const indent = shown.slice(0, column - 1 - cut).replace(/[^\t]/g, ' ');
  return `${gutter} | ${shown}\n${' '.repeat(gutter.length)} | ${indent}^`;
}
