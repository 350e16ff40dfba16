import type { CellState, ProfileVerdict } from '../schema/conformance-answer.ts';
import type { CaseEvent } from '../schema/conformance-log.ts';
import type { RunRecord } from './log-file.ts';
import type { Statement } from './specification/statement.ts';
import { meaning } from './verdict.ts';

/** The profile of what is said of a suite and not of a runtime. */
const SUITE = 'suite';

/** What a run says of a statement, and the cases by which it does. */
export interface Cell {
  state: CellState;
  cases: CaseEvent[];
}

/** A statement with what each run says of it, in the order of the runs. */
export interface Row {
  statement: Statement;
  cells: Cell[];
}

/** Every statement that a runtime can be held to, against every run. */
export function matrixOf(statements: readonly Statement[], runs: readonly RunRecord[]): Row[] {
  const byStatement = runs.map(({ cases }) => {
    const found = new Map<string, CaseEvent[]>();
    for (const one of cases)
      for (const id of one.requirements) found.set(id, [...(found.get(id) ?? []), one]);
    return found;
  });
  return statements
    .filter(({ profile }) => profile !== SUITE)
    .map((statement) => ({
      statement,
      cells: byStatement.map((found) => cellOf(found.get(statement.id) ?? [])),
    }));
}

/** One case that failed is enough to fail a statement, and one that is incomplete to leave it open. */
function cellOf(cases: CaseEvent[]): Cell {
  const meanings = cases.map(({ state }) => meaning[state]);
  const first = (['failed', 'incomplete', 'passed'] as const).find((one) => meanings.includes(one));
  if (first !== undefined) return { state: first, cases };
  if (cases.some(({ state }) => state === 'UNSUPPORTED')) return { state: 'unsupported', cases };
  return { state: cases.length === 0 ? 'untested' : 'not-applicable', cases };
}

/**
 * Whether a run can be said to conform to each profile: every must of it has passed, and nothing of it has failed or is
 * incomplete. Shoulds fail no profile.
 */
export function profilesOf(rows: readonly Row[], run: number): ProfileVerdict[] {
  const names = [...new Set(rows.map(({ statement }) => statement.profile))].sort();
  return names.map((profile) => {
    const musts = rows.filter(({ statement }) => statement.profile === profile && statement.level === 'must');
    const states = musts.map(({ cells }) => cells[run]?.state ?? 'untested');
    const count = (state: CellState) => states.filter((one) => one === state).length;
    return {
      profile,
      conforms: states.length > 0 && states.every((state) => state === 'passed'),
      musts: states.length,
      passed: count('passed'),
      failed: count('failed'),
      incomplete: count('incomplete'),
      unsupported: count('unsupported'),
      notApplicable: count('not-applicable'),
      untested: count('untested'),
    };
  });
}
