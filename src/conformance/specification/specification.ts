import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Page, readPage } from './page.ts';
import { type Statement, statementsOf } from './statement.ts';

/** A case of the conformance suite, as far as the specification is concerned. */
export interface Case {
  file: string;
  id: string;
  requirements: string[];
  level: string;
  /** By each of its requirements, the hash of the sentence when the case was written. */
  sentences: { [id: string]: string };
}

/** What conformance/budget.yaml allows. */
export interface Budget {
  /** Musts that have neither a case nor a reason. */
  mustsWithoutCase: number;
  /** Musts that have a case and that no mutant breaks. */
  mustsWithoutMutant: number;
}

/** What the pages say. */
export interface SpecificationText {
  pages: Page[];
  statements: Statement[];
  /** As README.md says it, such as `1.0`. */
  version: string | undefined;
}

/** All that the linter looks at. */
export interface Specification extends SpecificationText {
  /** Of the repository. */
  root: string;
  /** Names that the table of conformance.md has. */
  profiles: string[];
  /** IDs that are no longer in use, with the reason. */
  retired: { [id: string]: string };
  cases: Case[];
  /** IDs that no case can check, with the reason. */
  untested: { [id: string]: string };
  /** How many musts may lack what each has to have; it only goes down. */
  budget: Budget;
}

/** Files beside the pages, from the top of the repository. */
export const RETIRED = 'specs/retired.yaml';
export const UNTESTED = 'conformance/untested.yaml';
export const BUDGET = 'conformance/budget.yaml';
const CASES = 'conformance/cases/**/*.yaml';

/** Reads the pages, below the top of the repository. */
export function readSpecificationText(root: string): SpecificationText {
  const pages = globSync('specs/**/*.md', { cwd: root })
    .sort()
    .map((file) => readPage(file, readFileSync(join(root, file), 'utf8')));
  return {
    pages,
    statements: pages.flatMap(statementsOf),
    version: find(pages, 'specs/README.md', /^Version (\d+\.\d+)\b/)[0],
  };
}

/** Reads all of it. */
export function readSpecification(root: string): Specification {
  const text = readSpecificationText(root);
  const { pages } = text;
  return {
    root,
    ...text,
    profiles: find(pages, 'specs/conformance.md', /^\| `([a-z]+)` \|/),
    retired: readTable(root, RETIRED),
    cases: globSync(CASES, { cwd: root })
      .sort()
      .map((file) => readCase(root, file)),
    untested: readTable(root, UNTESTED),
    budget: readBudget(root),
  };
}

function readBudget(root: string): Budget {
  const { mustsWithoutCase = 0, mustsWithoutMutant = 0 } = readTable(root, BUDGET);
  return { mustsWithoutCase: Number(mustsWithoutCase), mustsWithoutMutant: Number(mustsWithoutMutant) };
}

function find(pages: readonly Page[], name: string, form: RegExp): string[] {
  const page = pages.find(({ file }) => file === name);
  return (page?.prose ?? []).flatMap(({ text }) => form.exec(text)?.[1] ?? []);
}

/** None where there is no such file. */
function readTable(root: string, file: string): { [id: string]: string } {
  if (!existsSync(join(root, file))) return {};
  const value: unknown = parse(readFileSync(join(root, file), 'utf8')) ?? {};
  return Object.fromEntries(Object.entries(value as object).map(([id, reason]) => [id, String(reason)]));
}

function readCase(root: string, file: string): Case {
  const value: unknown = parse(readFileSync(join(root, file), 'utf8'));
  const { id, requirements, level, sentences } = (value ?? {}) as { [key: string]: unknown };
  return {
    file,
    id: String(id ?? ''),
    requirements: Array.isArray(requirements) ? requirements.map(String) : [],
    level: String(level ?? ''),
    sentences: Object.fromEntries(
      Object.entries((sentences ?? {}) as object).map(([key, hash]) => [key, String(hash)]),
    ),
  };
}
