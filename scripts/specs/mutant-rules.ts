import type { LoadedCase } from '../../src/conformance/cases.ts';
import type { Problem } from '../../src/conformance/specification/page.ts';
import type { KnownMistake } from '../../src/schema/known-mistakes.ts';

/** Where the mutants are, from the top of the repository. */
const MUTANTS = 'src/conformance/mutants';

type Named = Pick<LoadedCase, 'id' | 'file'> & {
  value: { requirements: string[]; killedBy?: string[] } | undefined;
};

/** That each mutant which a case names is there, and that each is named, so that a test runs it. */
export function checkMutants(cases: readonly Named[], mutants: readonly string[]): Problem[] {
  const named = new Set(cases.flatMap(({ value }) => value?.killedBy ?? []));
  return [
    ...cases.flatMap(({ file, value }) =>
      (value?.killedBy ?? [])
        .filter((name) => !mutants.includes(name))
        .map((name) => ({ file, line: 0, message: `there is no mutant "${name}" (${MUTANTS})` })),
    ),
    ...mutants
      .filter((name) => !named.has(name))
      .map((name) => ({ file: MUTANTS, line: 0, message: `no case has "${name}" in killedBy` })),
  ];
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

/** IDs of statements that cases check, none of which names a mutant. */
export function withoutMutant(cases: readonly Named[]): string[] {
  const idsOf = (some: readonly Named[]) => new Set(some.flatMap(({ value }) => value?.requirements ?? []));
  const killed = idsOf(cases.filter(({ value }) => (value?.killedBy ?? []).length > 0));
  return [...idsOf(cases)].filter((id) => !killed.has(id)).sort();
}
