import type { CaseEvent } from '../../schema/conformance-log.ts';
import type { RunRecord } from '../log-file.ts';
import { meaning } from '../verdict.ts';
import { markup } from './markup.ts';

/** JUnit's XML, a suite for each run: what failed is a failure, what is incomplete an error, all else that has not passed skipped. */
export function junitOf(runs: readonly RunRecord[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${runs.map(suiteOf).join('')}</testsuites>\n`;
}

function suiteOf({ run, cases, end }: RunRecord): string {
  const count = (kind: string) => cases.filter(({ state }) => kindOf(state) === kind).length;
  const { argument, declared } = run.runtime;
  const missing = run.selection.selected - cases.length;
  const attributes = {
    name: `${declared?.name ?? argument} ${declared?.version ?? ''}`.trim(),
    tests: cases.length + (missing > 0 ? 1 : 0),
    failures: count('failure'),
    errors: count('error') + (missing > 0 ? 1 : 0),
    skipped: count('skipped'),
    time: seconds(end?.milliseconds ?? 0),
    timestamp: run.time,
  };
  const untried = `    <testcase classname="run" name="all cases are tried"><error message="${missing} were not"/></testcase>\n`;
  return `  <testsuite ${attributesOf(attributes)}>\n${cases.map(caseOf).join('')}${missing > 0 ? untried : ''}  </testsuite>\n`;
}

function caseOf({ case: id, title, state, reason = '', evidence, milliseconds }: CaseEvent): string {
  const classname = id.slice(0, id.indexOf('/'));
  const head = `    <testcase ${attributesOf({ classname, name: `${id}: ${title}`, time: seconds(milliseconds) })}`;
  const kind = kindOf(state);
  if (kind === undefined) return `${head}/>\n`;
  const message = attributesOf({ message: `${state}: ${reason}` });
  const body =
    kind === 'skipped' || evidence === undefined
      ? '/>'
      : `>${markup(JSON.stringify(evidence, undefined, 1))}</${kind}>`;
  return `${head}><${kind} ${message}${body}</testcase>\n`;
}

function kindOf(state: CaseEvent['state']): 'failure' | 'error' | 'skipped' | undefined {
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
