import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConformanceResult } from '../../src/schema/conformance-answer.ts';
import { makeCommandLine } from '../support/command-line.ts';

/** Milliseconds, many times what all of them take where they have a processor for themselves. */
const PATIENCE = 1_200_000;

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

test(
  'sc passes every case of the core profile',
  async () => {
    const { stdout } = await cli.sc('conformance', 'run', '--runtime', 'sc', '--profile', 'core', '--json');
    const { complete, troubles, tally } = JSON.parse(stdout) as ConformanceResult;
    expect({ complete, troubles, tally }).toEqual({
      complete: true,
      troubles: [],
      tally: { passed: expect.any(Number), failed: 0, incomplete: 0, unsupported: 0, notApplicable: 0 },
    });
    expect(tally.passed).toBeGreaterThan(40);
  },
  PATIENCE,
);
