import { stringify } from 'yaml';
import type { ResultState } from '../../schema/conformance-log.ts';
import { meaning } from '../verdict.ts';
import type { Test, TestRun } from './tests.ts';

/** TAP 14, one subtest for each run where there are several. What is neither passed nor failed is skipped with its state. */
export function tapOf(runs: readonly TestRun[]): string {
  const [only] = runs;
  if (only !== undefined && runs.length === 1) return `TAP version 14\n${testsOf(only)}`;
  const subtests = runs.map((run, index) => {
    const inner = testsOf(run).replace(/^(?=.)/gm, '    ');
    const name = escaped(run.name);
    return `# Subtest: ${name}\n${inner}${isGood(run) ? '' : 'not '}ok ${index + 1} - ${name}\n`;
  });
  return `TAP version 14\n1..${runs.length}\n${subtests.join('')}`;
}

function testsOf({ planned, tests }: TestRun): string {
  const lines = tests.map((one, index) => testOf(one, index + 1));
  // What was not tried is missing in the count, so that a reader sees it.
  return `1..${planned}\n${lines.join('')}`;
}

function testOf({ name, state, reason, milliseconds }: Test, number: number): string {
  const directive = directiveOf(state, reason);
  const line = `${isOk(state) ? '' : 'not '}ok ${number} - ${escaped(name)}${directive}\n`;
  if (state === 'PASS') return line;
  const details = stringify({ state, ...(reason !== undefined && { reason }), duration_ms: milliseconds });
  return `${line}  ---\n${details.replace(/^(?=.)/gm, '  ')}  ...\n`;
}

function directiveOf(state: ResultState, reason = ''): string {
  if (state === 'XFAIL') return ' # TODO';
  const isSkipped = meaning[state] === 'neither' || state === 'PRECONDITION';
  return isSkipped ? ` # SKIP ${escaped(`${state} ${reason}`.trim())}` : '';
}

/** Neither what was skipped nor what is known to fail breaks a test run: TAP says so by its directive. */
function isOk(state: ResultState): boolean {
  return meaning[state] === 'passed' || meaning[state] === 'neither' || state === 'PRECONDITION';
}

function isGood({ tests, planned }: TestRun): boolean {
  return tests.length === planned && tests.every(({ state }) => isOk(state) || state === 'XFAIL');
}

/** A description ends where a directive begins, and at the end of the line. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('#', '\\#').replace(/\s+/g, ' ');
}
