import type { Tally } from '../schema/conformance-answer.ts';
import type { CaseEvent, Counts, ResultState } from '../schema/conformance-log.ts';

/** What a state counts as, by the table of specs/conformance.md. */
export const meaning: { readonly [State in ResultState]: 'passed' | 'failed' | 'incomplete' | 'neither' } = {
  PASS: 'passed',
  FAIL: 'failed',
  UNSUPPORTED: 'neither',
  PRECONDITION: 'incomplete',
  'NOT-APPLICABLE': 'neither',
  XFAIL: 'failed',
  XPASS: 'passed',
  ERROR: 'incomplete',
  TIMEOUT: 'failed',
  CRASH: 'failed',
};

export function countsOf(cases: readonly Pick<CaseEvent, 'state'>[]): Counts {
  const counts: Counts = {};
  for (const { state } of cases) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

export function tallyOf(counts: Counts): Tally {
  const tally: Tally = { passed: 0, failed: 0, incomplete: 0, unsupported: 0, notApplicable: 0 };
  for (const [state, count] of Object.entries(counts) as [ResultState, number][]) {
    const kind = meaning[state];
    if (kind !== 'neither') tally[kind] += count;
    else tally[state === 'UNSUPPORTED' ? 'unsupported' : 'notApplicable'] += count;
  }
  return tally;
}

/** 0 where nothing failed and nothing went wrong: what the host lacks is told, and is no mistake of anybody. */
export function exitCodeOf(counts: Counts): number {
  const bad: readonly ResultState[] = ['FAIL', 'XFAIL', 'ERROR', 'TIMEOUT', 'CRASH'];
  return bad.some((state) => (counts[state] ?? 0) > 0) ? 1 : 0;
}
