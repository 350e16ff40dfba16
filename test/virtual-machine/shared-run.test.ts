import { expect, test } from 'vitest';
import type { Report } from './complaints.ts';
import { resultsOfEach } from './shared-run.ts';

const files = ['test/a.test.ts', 'test/b.test.ts'];

function report(...statuses: string[][]): Report {
  return {
    numTotalTests: statuses.flat().length,
    numPassedTests: statuses.flat().filter((status) => status === 'passed').length,
    testResults: statuses.map((each, index) => ({
      name: `/mnt/${files[index]}`,
      message: '',
      assertionResults: each.map((status) => ({ fullName: 'swap is limited', status })),
    })),
  };
}

test('of a run of all files each has its own result', () => {
  const results = resultsOfEach(report(['passed', 'passed'], ['passed']), 0, files);
  expect(results.map(({ file, report }) => [file, report?.numTotalTests])).toEqual([
    ['test/a.test.ts', 2],
    ['test/b.test.ts', 1],
  ]);
});

test.each([
  ['failed', ['failed'], 0],
  ['was skipped', ['passed', 'skipped'], 1],
])('of a file with a test that %s this is the result', (_, statuses, passed) => {
  const [, result] = resultsOfEach(report(['passed'], statuses), 1, files);
  expect(result).toMatchObject({
    status: 1,
    report: { numTotalTests: statuses.length, numPassedTests: passed },
  });
});

test('a file that does not come to its tests has to run alone', () => {
  const one = report(['passed'], []);
  Object.assign(one.testResults[1] ?? {}, { message: 'Worker exited unexpectedly with signal SIGSEGV' });
  expect(resultsOfEach(one, 1, files).map(({ file }) => file)).toEqual(['test/a.test.ts']);
});

test('where Node died, a file has to run alone that did not pass', () => {
  expect(resultsOfEach(report(['passed'], ['skipped']), 139, files).map(({ file }) => file)).toEqual([
    'test/a.test.ts',
  ]);
});

test('where all passed and something is wrong beside the tests, each has to run alone', () => {
  expect(resultsOfEach(report(['passed'], ['passed']), 1, files)).toEqual([]);
});
