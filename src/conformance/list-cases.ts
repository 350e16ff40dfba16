import type { CaseList } from '../schema/conformance-answer.ts';
import { readSuite } from './cases.ts';
import { packageDirectory } from './places.ts';
import { selectCases, type Wanted } from './selection.ts';

/** The profile of what is said of a suite and not of a runtime: no case can check it. */
const SUITE = 'suite';

/** The cases that are wanted, and which statements of the wanted profiles and levels none checks. */
export function listCases(wanted: Wanted, root: string = packageDirectory()): CaseList {
  const { cases, statements } = readSuite(root);
  const checked = new Set(cases.flatMap(({ value }) => value?.requirements ?? []));
  const { profiles, levels } = wanted;
  const isWanted = ({ profile, level }: (typeof statements)[number]) =>
    profile !== SUITE &&
    (profiles.length === 0 || profiles.includes(profile)) &&
    (levels.length === 0 || levels.includes(level));
  return {
    cases: selectCases(cases, wanted).map(({ id, value, level, profiles, faults }) => ({
      case: id,
      title: value?.title ?? id,
      ...{ level, profiles, faults },
      requirements: value?.requirements ?? [],
    })),
    unchecked: statements.filter((one) => isWanted(one) && !checked.has(one.id)).map(({ id }) => id),
  };
}
