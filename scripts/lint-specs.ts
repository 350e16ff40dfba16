import { join } from 'node:path';
import { checkCases } from './specs/case-rules.ts';
import { checkExamples } from './specs/examples.ts';
import type { Problem } from './specs/page.ts';
import { checkProse } from './specs/prose-rules.ts';
import { readSpecification } from './specs/specification.ts';
import { checkStatements } from './specs/statement-rules.ts';

/** All that is wrong with the specification below the top of a repository, and with the cases that cite it. */
export function lintSpecs(root: string): Problem[] {
  const specification = readSpecification(root);
  return [checkStatements, checkProse, checkExamples, checkCases].flatMap((check) => check(specification));
}

/** `FILE:LINE: MESSAGE`, or without a line. */
export function problemWords({ file, line, message }: Problem): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}: ${message}`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const problems = lintSpecs(root);
  for (const problem of problems) console.log(problemWords(problem));
  const { statements, cases } = readSpecification(root);
  console.log(`${statements.length} statements, ${cases.length} cases, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
