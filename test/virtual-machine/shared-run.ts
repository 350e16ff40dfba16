import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { FileResult, Report } from './complaints.ts';

/** The status of a process that has ended of SIGSEGV, as of a shell. */
const DIED = 139;

/**
 * The results of one run of several files as those of each, by the run's own report and status. Not of those that did
 * not come to their end; where Node died, which says nothing about what is tested, of those that passed alone.
 */
export function resultsOfEach(report: Report, status: number, files: readonly string[]): FileResult[] {
  const ended = report.testResults.filter(
    ({ message, assertionResults }) => message === '' && assertionResults.length > 0,
  );
  const failed = ended.filter(({ assertionResults }) => !isPassed(assertionResults));
  const counted = status === DIED ? ended.filter((result) => !failed.includes(result)) : ended;
  // Something is wrong beside the tests: of which file is seen when each runs alone.
  if (status !== 0 && status !== DIED && failed.length === 0 && ended.length === files.length) return [];
  return counted.map((result) => ({
    file: nameIn(files, result.name),
    status: failed.includes(result) ? 1 : 0,
    deaths: 0,
    report: {
      numTotalTests: result.assertionResults.length,
      numPassedTests: result.assertionResults.filter(({ status }) => status === 'passed').length,
      testResults: [result],
    },
  }));
}

function isPassed(tests: Report['testResults'][number]['assertionResults']): boolean {
  return tests.every(({ status }) => status === 'passed');
}

/** As it was named: vitest tells whole paths. */
function nameIn(files: readonly string[], path: string): string {
  return files.find((file) => path.endsWith(`/${file}`)) ?? path;
}

/** What guest.sh runs: results go to stdout, a line of JSON for each file, and the names of the others to `left`. */
function tell(reportFile: string, status: number, list: string, left: string): void {
  const files = readFileSync(list, 'utf8').trimEnd().split('\n');
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : undefined;
  const results = report === undefined ? [] : resultsOfEach(report, status, files);
  for (const result of results) process.stdout.write(`${JSON.stringify(result)}\n`);
  const others = files.filter((file) => !results.some((result) => result.file === file));
  writeFileSync(left, others.map((file) => `${file}\n`).join(''));
}

const [reportFile = '', status, list = '', left = ''] = process.argv.slice(2);
if (import.meta.main) tell(reportFile, Number(status), list, left);
