import type { ConformanceReport } from '../../schema/conformance-answer.ts';
import type { RunRecord } from '../log-file.ts';
import { matrixOf, profilesOf } from '../matrix.ts';
import { resultOf } from '../measure.ts';
import type { Statement } from '../specification/statement.ts';

/** All that the other reports are made of, as data. */
export function reportOf(
  { version, statements }: { version: string; statements: readonly Statement[] },
  runs: readonly RunRecord[],
): ConformanceReport {
  const rows = matrixOf(statements, runs);
  return {
    specification: version,
    runs: runs.map((record, index) => {
      const { runtime, complete, counts, tally, troubles } = resultOf(record);
      const { suite, host } = record.run;
      return { runtime, suite, host, complete, counts, tally, profiles: profilesOf(rows, index), troubles };
    }),
    statements: rows.map(({ statement: { id, level, profile }, cells }) => ({
      ...{ id, level, profile },
      states: cells.map(({ state }) => state),
    })),
  };
}
