import { expect, test } from 'vitest';
import { complaints, type FileResult } from './complaints.ts';

type Test = { fullName: string; status: string; failureMessages: string[] | null };

const passed: Test = { fullName: 'a limit holds', status: 'passed', failureMessages: [] };
const failed: Test = { fullName: 'a group goes', status: 'failed', failureMessages: ['expected 1 to be 2'] };
const skipped: Test = { fullName: 'swap is limited', status: 'skipped', failureMessages: null };

function result(tests: Test[], message = '', status = 0): FileResult {
  return {
    file: 'test/some.test.ts',
    status,
    deaths: 0,
    report: {
      numTotalTests: tests.length,
      numPassedTests: tests.filter((test) => test === passed).length,
      testResults: [{ name: '/mnt/test/some.test.ts', message, assertionResults: tests }],
    },
  };
}

test('a file of which all tests passed is complained of in no way', () => {
  expect(complaints(result([passed, passed]))).toEqual([]);
});

test.each([
  ['a test that failed', result([passed, failed], '', 1), ['a group goes: failed\nexpected 1 to be 2']],
  ['a test that was skipped', result([passed, skipped]), ['swap is limited: skipped']],
  ['a file that does not load', result([], 'cannot find module', 1), ['cannot find module']],
  ['a file without tests', result([]), ['there is no test in it']],
  ['something left in the machine', result([passed], '', 1), ['vitest ended with 1']],
  [
    'a crash without results',
    { ...result([]), status: 139, deaths: 1, report: null },
    ['vitest ended with 139, and Node died 1 times before'],
  ],
])('%s is told', (_, result, words) => {
  expect(complaints(result)).toEqual(words);
});
