import { join } from 'node:path';
import { type LoadedCase, readSuite } from '../src/conformance/cases.ts';
import { KNOWN_MISTAKES, readKnownMistakes } from '../src/conformance/known-mistakes.ts';
import { mutants } from '../src/conformance/mutants/mutants.ts';
import type { Problem } from '../src/conformance/specification/page.ts';
import { readSpecification } from '../src/conformance/specification/specification.ts';
import { checkCases, mustsWithoutCase } from './specs/case-rules.ts';
import { checkExamples } from './specs/examples.ts';
import { checkKillers, checkKnownMistakes, checkMutants, mustsWithoutMutant } from './specs/mutant-rules.ts';
import { checkProse } from './specs/prose-rules.ts';
import { checkStatements } from './specs/statement-rules.ts';

/** All that is wrong with the specification below the top of a repository, and with the cases that cite it. */
export function lintSpecs(root: string): Problem[] {
  const specification = readSpecification(root);
  return [checkStatements, checkProse, checkExamples, checkCases].flatMap((check) => check(specification));
}

/** What keeps cases from being run, beside what is wrong with the sentences that they cite. */
function faultsOfCases(cases: readonly LoadedCase[]): Problem[] {
  return cases.flatMap(({ file, faults }) =>
    faults
      .filter((fault) => !/^(it is stale|there is no SC-)/.test(fault))
      .map((message) => ({ file, line: 0, message })),
  );
}

/** `FILE:LINE: MESSAGE`, or without a line. */
export function problemWords({ file, line, message }: Problem): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const suite = readSuite(root);
  const specification = readSpecification(root);
  const { statements, cases } = specification;
  const problems = [
    ...lintSpecs(root),
    ...faultsOfCases(suite.cases),
    ...checkMutants(suite.cases, Object.keys(mutants)),
    ...checkKillers(suite.cases, statements, specification.budget.mustsWithoutMutant),
    ...checkKnownMistakes(suite.cases, readKnownMistakes(root), KNOWN_MISTAKES),
  ];
  for (const problem of problems) console.log(problemWords(problem));
  const missing = mustsWithoutCase(specification);
  if (process.argv.includes('--missing')) for (const { id, text } of missing) console.log(`${id} ${text}`);
  const unkilled = mustsWithoutMutant(suite.cases, statements);
  if (process.argv.includes('--unkilled')) for (const { id, text } of unkilled) console.log(`${id} ${text}`);
  console.log(
    `${statements.length} statements, ${cases.length} cases, ${missing.length} musts without one, ${unkilled.length} with one that no mutant breaks, ${problems.length} problems`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
