import { junitOf } from '../conformance/reports/junit.ts';
import { tapOf } from '../conformance/reports/tap.ts';
import type { Test, TestRun } from '../conformance/reports/tests.ts';
import { formsOf, writeReport } from '../conformance/reports/write-reports.ts';
import type { Applied, AppliedDocument, AppliedExpectation } from '../schema/answer.ts';
import { describeExit } from './describe.ts';

const forms = ['tap', 'junit'] as const;

type Report = ReturnType<typeof readReportFlags>[number];

/** Reads words such as `junit=report.xml`. Throws SC_USAGE for what is none, and for a file that cannot be written. */
export function readReportFlags(words: readonly string[] = []) {
  return formsOf(words, forms);
}

/** Writes each to its file. `time` is when it was begun, RFC 3339. Throws SC_STORAGE_FAILED. */
export async function writeApplyReports(
  reports: readonly Report[],
  applied: Applied,
  when: Pick<TestRun, 'time' | 'milliseconds'>,
): Promise<void> {
  for (const { form, file } of reports) {
    const run = testRunOf(applied, when);
    await writeReport(file, form === 'tap' ? tapOf([run]) : junitOf([run]));
  }
}

/** Pure: each document is a test, and each thing that the file expects of a Job behind that. */
function testRunOf(applied: Applied, when: Pick<TestRun, 'time' | 'milliseconds'>): TestRun {
  const { file, documents, expectations = [] } = applied;
  const tests = documents.flatMap((document) => [
    testOfDocument(document, applied),
    ...(document.kind === 'Job'
      ? expectations.filter(({ job }) => job === document.name).map(testOfExpectation)
      : []),
  ]);
  return { name: file, title: file, ...when, planned: tests.length, tests };
}

function testOfDocument(
  { kind, name, outcome, error, because, milliseconds = 0 }: AppliedDocument,
  { jobs, expectations = [] }: Applied,
): Test {
  const test = { group: `${kind} ${name}`, name: `${kind} ${name}`, milliseconds };
  if (outcome === 'skipped') return { ...test, state: 'NOT-APPLICABLE', reason: because };
  if (outcome === 'undone')
    return { ...test, state: 'NOT-APPLICABLE', reason: 'undone, since another failed' };
  if (outcome === 'interrupted') return { ...test, state: 'ERROR', reason: 'interrupted' };
  if (error !== undefined) return { ...test, state: 'FAIL', reason: error.message };
  const exit = kind === 'Job' ? jobs.find((job) => job.name === name)?.exit : undefined;
  const isExpected = expectations.some(({ job }) => kind === 'Job' && job === name);
  if (exit === undefined || exit.code === 0 || isExpected) return { ...test, state: 'PASS' };
  return { ...test, state: 'FAIL', reason: `ended with code ${describeExit(exit)}` };
}

const states = { passed: 'PASS', failed: 'FAIL', unchecked: 'NOT-APPLICABLE' } as const;

function testOfExpectation(expectation: AppliedExpectation): Test {
  const { job, path, wanted, result, milliseconds = 0 } = expectation;
  const { reason = result === 'unchecked' ? 'its container did not come to its end' : undefined } =
    expectation;
  const name = `${job}: ${path}: ${JSON.stringify(wanted)}`;
  return { group: `Job ${job}`, name, state: states[result], reason, milliseconds };
}
