/** What a test file was in the machine: a line that guest.sh writes. */
export interface FileResult {
  file: string;
  /** How vitest ended. */
  status: number;
  /** Whether Node died of SIGSEGV, 0 or 1 times, and the file was run again. */
  deaths: number;
  /** Null where vitest wrote none. */
  report: Report | null;
}

/** Of vitest's JSON, what is looked at here. */
export interface Report {
  numTotalTests: number;
  numPassedTests: number;
  testResults: {
    /** Path of the file. */
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[];
  }[];
}

/** What is wrong with a file, each test by its name; empty where all its tests passed, and there are some. */
export function complaints({ status, deaths, report }: FileResult): string[] {
  if (report === null) return [`vitest ended with ${status}, and Node died ${deaths} times before`];
  const words = report.testResults.flatMap(({ message, assertionResults }) => [
    ...assertionResults.filter(({ status }) => status !== 'passed').map(describeTest),
    ...(message === '' ? [] : [message]),
  ]);
  if (words.length > 0) return words;
  const { numTotalTests, numPassedTests } = report;
  if (numTotalTests === 0) return ['there is no test in it'];
  if (numPassedTests !== numTotalTests) return [`${numPassedTests} of ${numTotalTests} tests passed`];
  // What is left in the machine, or an error outside of tests; the machine's console says more.
  return status === 0 ? [] : [`vitest ended with ${status}`];
}

type TestResult = Report['testResults'][number]['assertionResults'][number];

function describeTest({ fullName, status, failureMessages }: TestResult): string {
  return [`${fullName}: ${status}`, ...(failureMessages ?? [])].join('\n');
}
