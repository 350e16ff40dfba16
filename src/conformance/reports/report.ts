import type { RunRecord } from '../log-file.ts';
import type { Statement } from '../specification/statement.ts';
import { badgeOf } from './badge.ts';
import { htmlOf } from './html.ts';
import { reportOf } from './json.ts';
import { junitOf } from './junit.ts';
import { markdownOf } from './markdown.ts';
import { tapOf } from './tap.ts';
import type { TestRun } from './tests.ts';

/** Forms of a report. */
export const reportForms = ['tap', 'junit', 'json', 'markdown', 'badge', 'html'] as const;

export type ReportForm = (typeof reportForms)[number];

/** Pure: a report of runs in one of these forms. */
export function report(
  form: ReportForm,
  specification: { version: string; statements: readonly Statement[] },
  runs: readonly RunRecord[],
): string {
  switch (form) {
    case 'tap':
      return tapOf(runs.map(testRunOf));
    case 'junit':
      return junitOf(runs.map(testRunOf));
    case 'json':
      return `${JSON.stringify(reportOf(specification, runs), undefined, 2)}\n`;
    case 'markdown':
      return markdownOf(specification, runs);
    case 'badge':
      return badgeOf(runs);
    case 'html':
      return htmlOf(specification, runs);
  }
}

function testRunOf({ run, cases, end }: RunRecord): TestRun {
  const { argument, declared } = run.runtime;
  return {
    name: argument,
    title: `${declared?.name ?? argument} ${declared?.version ?? ''}`.trim(),
    time: run.time,
    milliseconds: end?.milliseconds ?? 0,
    planned: run.selection.selected,
    tests: cases.map(({ case: id, title, ...test }) => ({
      ...test,
      group: id.slice(0, id.indexOf('/')),
      name: `${id}: ${title}`,
    })),
  };
}
