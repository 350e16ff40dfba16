import type { LoadedCase } from '../../src/conformance/cases.ts';
import { type Killer, killersOf } from '../../src/conformance/killers.ts';
import type { Problem } from '../../src/conformance/specification/page.ts';
import { BUDGET } from '../../src/conformance/specification/specification.ts';
import type { Statement } from '../../src/conformance/specification/statement.ts';
import type { KnownMistake } from '../../src/schema/known-mistakes.ts';

/** Where the mutants are, from the top of the repository. */
const MUTANTS = 'src/conformance/mutants';

type Named = Pick<LoadedCase, 'id' | 'file'> & { value: Parameters<typeof killersOf>[0] | undefined };

/**
 * That each mutant which a case names is there and breaks statements of the case, and that each is named, so that a test
 * runs it.
 */
export function checkMutants(cases: readonly Named[], mutants: readonly string[]): Problem[] {
  const named = new Set(cases.flatMap(killers).map(({ mutant }) => mutant));
  return [
    ...cases.flatMap((one) =>
      killers(one).flatMap(({ mutant, breaks }) =>
        [
          ...(mutants.includes(mutant) ? [] : [`there is no mutant "${mutant}" (${MUTANTS})`]),
          ...breaks
            .filter((id) => !one.value?.requirements.includes(id))
            .map((id) => `"${mutant}" breaks ${id}, which is none of its requirements`),
        ].map((message) => ({ file: one.file, line: 0, message })),
      ),
    ),
    ...mutants
      .filter((name) => !named.has(name))
      .map((name) => ({ file: MUTANTS, line: 0, message: `no case has "${name}" in killedBy` })),
  ];
}

function killers({ value }: Named): Killer[] {
  return value === undefined ? [] : killersOf(value);
}

/** That no more musts with a case are broken by no mutant than is allowed. */
export function checkKillers(
  cases: readonly Named[],
  statements: readonly Statement[],
  budget: number,
): Problem[] {
  const unkilled = mustsWithoutMutant(cases, statements);
  if (unkilled.length <= budget) return [];
  const first = unkilled.slice(0, 5).map(({ id }) => id);
  const message = `${unkilled.length} musts with a case are broken by no mutant, ${first.join(', ')} among them, and ${budget} are allowed`;
  return [{ file: BUDGET, line: 0, message }];
}

/** That mistakes are of cases that there are, and of others: those of sc are mended. */
export function checkKnownMistakes(
  cases: readonly Named[],
  mistakes: readonly KnownMistake[],
  file: string,
): Problem[] {
  const ids = new Set(cases.map(({ id }) => id));
  return mistakes.flatMap(({ runtime, case: id }) => [
    ...(ids.has(id) ? [] : [{ file, line: 0, message: `there is no case "${id}"` }]),
    ...(/^sc\b/.test(runtime) ? [{ file, line: 0, message: `a mistake of ${runtime} is mended` }] : []),
  ]);
}

/** Musts that cases check, and that no mutant of theirs breaks. */
export function mustsWithoutMutant(cases: readonly Named[], statements: readonly Statement[]): Statement[] {
  const checked = new Set(cases.flatMap(({ value }) => value?.requirements ?? []));
  const broken = new Set(cases.flatMap(killers).flatMap(({ breaks }) => breaks));
  return statements.filter(({ id, level }) => level === 'must' && checked.has(id) && !broken.has(id));
}
