import type { ChangedCase, Comparison } from '../schema/conformance-answer.ts';
import type { RunRecord } from './log-file.ts';
import { meaning } from './verdict.ts';

/** What is otherwise in a later run. Pure. */
export function compareRuns(before: RunRecord, after: RunRecord): Comparison {
  const [old, now] = [before, after].map(({ cases }) => new Map(cases.map((one) => [one.case, one])));
  const ids = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort();
  const changed = ids.flatMap((id): ChangedCase[] => {
    const [first, second] = [old?.get(id), now?.get(id)];
    if (first?.state === second?.state) return [];
    return [
      {
        case: id,
        ...(first !== undefined && { before: first.state }),
        ...(second !== undefined && { after: second.state }),
        ...(second?.reason !== undefined && { reason: second.reason }),
      },
    ];
  });
  const { suite } = before.run;
  const other = after.run.suite;
  return {
    changed,
    worse: changed.filter(isWorse).map(({ case: id }) => id),
    sameSuite:
      suite.casesDigest === other.casesDigest && suite.specificationDigest === other.specificationDigest,
  };
}

/** A case that passed and is not tried any more is worse too: it could be hidden so. */
function isWorse({ before, after }: ChangedCase): boolean {
  return (
    before !== undefined &&
    meaning[before] === 'passed' &&
    (after === undefined || meaning[after] !== 'passed')
  );
}
