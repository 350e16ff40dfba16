import { meaning } from '../verdict.ts';
import { markup } from './markup.ts';
import type { Test, TestRun } from './tests.ts';

/** JUnit's XML, a suite for each run: what failed is a failure, what is incomplete an error, all else that has not passed skipped. */
export function junitOf(runs: readonly TestRun[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${runs.map(suiteOf).join('')}</testsuites>\n`;
}

function suiteOf({ title, tests, planned, milliseconds, time }: TestRun): string {
  const count = (kind: string) => tests.filter(({ state }) => kindOf(state) === kind).length;
  const missing = planned - tests.length;
  const attributes = {
    name: title,
    tests: tests.length + (missing > 0 ? 1 : 0),
    failures: count('failure'),
    errors: count('error') + (missing > 0 ? 1 : 0),
    skipped: count('skipped'),
    time: seconds(milliseconds),
    timestamp: time,
  };
  const untried = `    <testcase classname="run" name="all cases are tried"><error message="${missing} were not"/></testcase>\n`;
  return `  <testsuite ${attributesOf(attributes)}>\n${tests.map(testOf).join('')}${missing > 0 ? untried : ''}  </testsuite>\n`;
}

function testOf({ group, name, state, reason = '', evidence, milliseconds }: Test): string {
  const head = `    <testcase ${attributesOf({ classname: group, name, time: seconds(milliseconds) })}`;
  const kind = kindOf(state);
  if (kind === undefined) return `${head}/>\n`;
  const message = attributesOf({ message: `${state}: ${reason}` });
  const body =
    kind === 'skipped' || evidence === undefined
      ? '/>'
      : `>${markup(JSON.stringify(evidence, undefined, 1))}</${kind}>`;
  return `${head}><${kind} ${message}${body}</testcase>\n`;
}

function kindOf(state: Test['state']): 'failure' | 'error' | 'skipped' | undefined {
  if (state === 'PRECONDITION') return 'skipped';
  const kinds = { passed: undefined, failed: 'failure', incomplete: 'error', neither: 'skipped' } as const;
  return kinds[meaning[state]];
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function attributesOf(values: { readonly [name: string]: string | number }): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${markup(String(value))}"`)
    .join(' ');
}
