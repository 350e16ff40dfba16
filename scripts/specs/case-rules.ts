import type { Problem } from '../../src/conformance/specification/page.ts';
import {
  BUDGET,
  type Case,
  type Specification,
  UNTESTED,
} from '../../src/conformance/specification/specification.ts';
import { hashOf, type Level, type Statement } from '../../src/conformance/specification/statement.ts';

/** The profile of what is said of a suite and not of a runtime: no case can check it. */
export const SUITE = 'suite';

/** The strongest first. */
const LEVELS: readonly Level[] = ['must', 'should', 'may'];

/** That cases cite statements that are there and as they were, and that no more musts are without one than is allowed. */
export function checkCases(specification: Specification): Problem[] {
  const statements = new Map(specification.statements.map((statement) => [statement.id, statement]));
  return [
    ...specification.cases.flatMap((one) => checkCase(one, statements, specification)),
    ...checkCaseIds(specification.cases),
    ...checkCoverage(specification),
  ];
}

function checkCase(
  { file, requirements, level, sentences }: Case,
  statements: ReadonlyMap<string, Statement>,
  { retired }: Specification,
): Problem[] {
  const problem = (message: string): Problem => ({ file, line: 0, message });
  const cited = requirements.flatMap((id) => statements.get(id) ?? []);
  const unknown = requirements.filter((id) => !statements.has(id));
  const strongest = LEVELS.find((each) => cited.some((statement) => statement.level === each));
  return [
    ...(requirements.length === 0 ? [problem('it has no requirements')] : []),
    ...unknown.map((id) => problem(Object.hasOwn(retired, id) ? `${id} is retired` : `there is no ${id}`)),
    ...(strongest !== undefined && level !== strongest
      ? [problem(`its level is "${level}", and ${strongest} that of what it checks`)]
      : []),
    ...cited.flatMap((statement) => checkSentence(statement, sentences[statement.id]).map(problem)),
    ...Object.keys(sentences)
      .filter((id) => !requirements.includes(id))
      .map((id) => problem(`it has a hash of ${id}, which is none of its requirements`)),
  ];
}

function checkSentence(statement: Statement, hash: string | undefined): string[] {
  const { id } = statement;
  const now = hashOf(statement);
  if (hash === now) return [];
  if (hash === undefined) return [`it has no hash of ${id}: write sentences: { ${id}: "${now}" }`];
  return [`${id} has become another sentence: see whether the case still checks it, then write "${now}"`];
}

function checkCaseIds(cases: readonly Case[]): Problem[] {
  const seen = new Map<string, string>();
  return cases.flatMap(({ id, file }) => {
    const first = seen.get(id);
    seen.set(id, first ?? file);
    if (id === '') return [{ file, line: 0, message: 'it has no id' }];
    return first === undefined ? [] : [{ file, line: 0, message: `its id "${id}" is that of ${first}` }];
  });
}

function checkCoverage(specification: Specification): Problem[] {
  const { statements, cases, untested } = specification;
  const { mustsWithoutCase: budget } = specification.budget;
  if (cases.length === 0) return [];
  const covered = new Set(cases.flatMap(({ requirements }) => requirements));
  const known = new Set(statements.map(({ id }) => id));
  const missing = mustsWithoutCase(specification);
  const first = missing.slice(0, 5).map(({ id }) => id);
  return [
    ...(missing.length <= budget
      ? []
      : [
          {
            file: BUDGET,
            line: 0,
            message: `${missing.length} musts have no case, ${first.join(', ')} among them, and ${budget} are allowed`,
          },
        ]),
    ...Object.keys(untested).flatMap((id) => {
      const line = { file: UNTESTED, line: 0 };
      if (covered.has(id)) return [{ ...line, message: `${id} has a case by now: take it out` }];
      return known.has(id) ? [] : [{ ...line, message: `there is no ${id}` }];
    }),
  ];
}

/** Those of a runtime that neither a case checks nor a reason keeps from being checked. */
export function mustsWithoutCase({ statements, cases, untested }: Specification): Statement[] {
  const covered = new Set(cases.flatMap(({ requirements }) => requirements));
  return statements.filter(
    ({ id, level, profile }) =>
      level === 'must' && profile !== SUITE && !covered.has(id) && !Object.hasOwn(untested, id),
  );
}
