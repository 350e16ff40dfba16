import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ConformanceCase } from '../schema/conformance-case.ts';
import type { Level } from '../schema/conformance-log.ts';
import { validateConformanceCase } from '../schema/validate-conformance-case.ts';
import { faultsOfCase } from './case-rules.ts';
import { readSpecificationText } from './specification/specification.ts';
import { hashOf, type Statement } from './specification/statement.ts';

/** A case as it is in its file, and what the specification says of it. */
export interface LoadedCase {
  id: string;
  /** From the top of the repository. */
  file: string;
  text: string;
  /** Undefined where the file is none. */
  value: ConformanceCase | undefined;
  /** Of the statements that it checks. */
  profiles: string[];
  level: Level;
  /** What is wrong with it: it is not run then. */
  faults: string[];
}

export interface Suite {
  /** Of the specification. */
  version: string;
  statements: Statement[];
  cases: LoadedCase[];
}

const CASES = 'conformance/cases';

/** All cases and statements below the top of a repository. What is wrong with a case is told in it. */
export function readSuite(root: string): Suite {
  const { statements, version = '' } = readSpecificationText(root);
  const known = new Map(statements.map((statement) => [statement.id, statement]));
  const cases = globSync(`${CASES}/**/*.yaml`, { cwd: root })
    .sort()
    .map((file) => readCase(file, readFileSync(join(root, file), 'utf8'), known));
  return { version, statements, cases };
}

/** Pure but for the text: a case of a file. */
export function readCase(file: string, text: string, known: ReadonlyMap<string, Statement>): LoadedCase {
  return new CaseFile(file, text, known);
}

/** One that is read when somebody looks into it: to read hundreds takes a second, and often few are wanted. */
class CaseFile implements LoadedCase {
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly #known: ReadonlyMap<string, Statement>;
  #content: Pick<LoadedCase, 'value' | 'profiles' | 'level' | 'faults'> | undefined;

  constructor(file: string, text: string, known: ReadonlyMap<string, Statement>) {
    this.id = file.slice(CASES.length + 1, -'.yaml'.length);
    this.file = file;
    this.text = text;
    this.#known = known;
  }

  get value() {
    return this.#read().value;
  }

  get profiles() {
    return this.#read().profiles;
  }

  get level() {
    return this.#read().level;
  }

  get faults() {
    return this.#read().faults;
  }

  #read() {
    this.#content ??= contentOf(this.id, this.text, this.#known);
    return this.#content;
  }
}

function contentOf(id: string, text: string, known: ReadonlyMap<string, Statement>) {
  const { value, faults } = parsedCase(text);
  const cited = (value?.requirements ?? []).flatMap((id) => known.get(id) ?? []);
  return {
    value,
    profiles: [...new Set(cited.map(({ profile }) => profile))],
    level: value?.level ?? 'must',
    faults: [
      ...faults,
      ...(value === undefined || value.id === id
        ? []
        : [`its id is "${value.id}", and that of its file "${id}"`]),
      ...(value === undefined ? [] : [...staleness(value, known), ...faultsOfCase(value)]),
    ],
  };
}

function parsedCase(text: string): { value: ConformanceCase | undefined; faults: string[] } {
  try {
    const value: unknown = parse(text, { version: '1.2', schema: 'core', strict: true, uniqueKeys: true });
    if (validateConformanceCase(value)) return { value: value as ConformanceCase, faults: [] };
    const errors = validateConformanceCase.errors ?? [];
    return {
      value: undefined,
      faults: errors.map(
        ({ instancePath, message, params }) => `${instancePath || 'it'} ${message} ${JSON.stringify(params)}`,
      ),
    };
  } catch (error) {
    return { value: undefined, faults: [String((error as Error).message)] };
  }
}

/** A case of a sentence that has become another says nothing, until somebody has looked at it. */
function staleness(
  { requirements, sentences }: ConformanceCase,
  known: ReadonlyMap<string, Statement>,
): string[] {
  return requirements.flatMap((id) => {
    const statement = known.get(id);
    if (statement === undefined) return [`there is no ${id}`];
    const now = hashOf(statement);
    return sentences[id] === now
      ? []
      : [`it is stale: the hash of ${id} is ${now}, and it has ${sentences[id] ?? 'none'}`];
  });
}
