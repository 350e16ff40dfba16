import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ScopeValueSets } from 'ajv/dist/compile/codegen/scope.js';
import type { SchemaEnv } from 'ajv/dist/compile/index.js';
import { type Check, writeModule } from './validator-module.ts';

/** What is wanted of one schema. */
export interface WantedValidators {
  /** Its file. */
  schema: string;
  /** Exported name of each validator, and the JSON pointer of what it validates. */
  exports: { [name: string]: string };
}

export interface CompilerOptions {
  /** Files of all schemas, of which one may refer to another. */
  schemas: readonly string[];
  /** Whether all errors are found, each with the part of the schema that it comes from; else the first. */
  explains: boolean;
}

/**
 * Modules of validators that need neither ajv nor the schemas at run time, by the files of their schemas: of those that
 * are wanted, and of those that these refer to. A part of a schema is in the module of its own file alone, from where
 * the others import it.
 */
export function generateValidators(
  wanted: readonly WantedValidators[],
  { schemas: files, explains }: CompilerOptions,
): Map<string, string> {
  const schemas = new Map(files.map((file) => [file, readSchema(file, explains)]));
  const ajv = compiler(explains);
  for (const schema of schemas.values()) ajv.addSchema(schema);
  const checks = new Checks(schemas);
  const exported = wanted.flatMap(({ schema: file, exports }) =>
    Object.entries(exports).map(([name, pointer]) => {
      const validate = ajv.getSchema(`${schemas.get(file)?.$id}${pointer}`);
      if (validate === undefined) throw new Error(`${file} has no ${pointer}`);
      return { file, name, check: checks.of(validate as ValidateFunction) };
    }),
  );
  const all = checks.all();
  const modules = new Set([...exported, ...all].map(({ file }) => file));
  return new Map([...modules].map((file) => [file, writeModule(file, all, exported)]));
}

function compiler(explains: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: explains,
    verbose: explains,
    // A part that is used in many places is one function, not many copies of its code.
    inlineRefs: false,
    allowUnionTypes: true,
    strictRequired: false,
    // Lengths are counted as JavaScript does: the other way imports a helper from ajv.
    unicode: false,
    logger: false,
    code: { source: true, esm: true, lines: true, optimize: 2 },
  });
  // No schema has `unevaluatedProperties` or `$dynamicRef`, for which each function would keep account.
  ajv.opts.unevaluated = false;
  return ajv;
}

/** What describes a schema is only for who is told what is wrong. */
function readSchema(file: string, explains: boolean): AnySchemaObject {
  return JSON.parse(readFileSync(file, 'utf8'), (key, value) => {
    const describes = (key === 'description' && typeof value === 'string') || key === 'examples';
    return describes && !explains ? undefined : value;
  });
}

/** The functions that ajv writes. It writes one for each file that refers to a part; they are the same. */
class Checks {
  readonly #places: Map<unknown, Pick<Check, 'file' | 'part'>>;
  readonly #checks = new Map<unknown, Check>();

  constructor(schemas: ReadonlyMap<string, AnySchemaObject>) {
    this.#places = new Map(
      [...schemas].flatMap(([file, schema]) =>
        Object.entries({ [titleOf(file)]: schema, ...schema.$defs }).map(
          ([part, definition]) => [definition, { file, part }] as const,
        ),
      ),
    );
  }

  /** Of a validator, which knows then those that it calls. */
  of({ schema, source }: ValidateFunction): Check {
    const known = this.#checks.get(schema);
    if (known !== undefined) return known;
    const place = this.#places.get(schema);
    if (place === undefined || source === undefined)
      throw new Error('a reference leads neither to a file nor to one of its $defs');
    const check: Check = { ...place, source, calls: new Map() };
    this.#checks.set(schema, check);
    for (const [name, called] of callsOf(source.scopeValues)) check.calls.set(name, this.of(called));
    return check;
  }

  all(): Check[] {
    return [...this.#checks.values()].sort((left, right) => (left.part < right.part ? -1 : 1));
  }
}

function titleOf(file: string): string {
  return basename(file, '.schema.json').replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The validators that a function calls, by the names that ajv has given them; one that it was still writing by way of its schema. */
function* callsOf(values: ScopeValueSets): Generator<[string, ValidateFunction]> {
  for (const { str, value } of values.validate ?? []) yield [str, value?.ref as ValidateFunction];
  for (const { str, value } of [...(values.wrapper ?? []), ...(values.root ?? [])]) {
    const { validate } = (value as { ref: SchemaEnv }).ref;
    yield [`${str}.validate`, validate as ValidateFunction];
  }
}
