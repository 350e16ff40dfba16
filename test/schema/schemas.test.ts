import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';

type Schema = { [keyword: string]: unknown };

const directory = join(import.meta.dirname, '../../schema');
const files = globSync('{,operations/,image/}*.schema.json', { cwd: directory }).sort();
const schemas = new Map(
  files.map((file) => [file, JSON.parse(readFileSync(join(directory, file), 'utf8')) as Schema]),
);

function compiler(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false });
  for (const schema of schemas.values()) ajv.addSchema(schema);
  return ajv;
}

/** Every schema in a schema, with its JSON pointer. */
function* parts(schema: unknown, pointer = '#'): Generator<[string, Schema]> {
  if (typeof schema !== 'object' || schema === null) return;
  if (!Array.isArray(schema)) yield [pointer, schema as Schema];
  for (const [keyword, value] of Object.entries(schema)) {
    if (['examples', 'default', 'enum', 'required', 'dependentRequired', 'type', 'const'].includes(keyword))
      continue;
    const isMap = keyword === 'properties' || keyword === '$defs';
    for (const [name, part] of isMap ? Object.entries(value as Schema) : [['', value] as const]) {
      yield* parts(part, [pointer, keyword, ...(isMap ? [name] : [])].map(String).join('/'));
    }
  }
}

function propertiesOf(schema: Schema): [string, Schema][] {
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>);
}

/** JSON pointers of the properties that are such, wherever in the schema they are. */
function propertiesIn(file: string, schema: Schema, isSuch: (property: Schema, file: string) => boolean) {
  return [...parts(schema)].flatMap(([pointer, part]) =>
    propertiesOf(part)
      .filter(([, property]) => isSuch(property, file))
      .map(([name]) => `${pointer}/properties/${name}`),
  );
}

function describes(part: Schema, file: string): boolean {
  if (part.description !== undefined) return part.description !== '';
  return typeof part.$ref === 'string' && describes(...referred(part.$ref, file));
}

/** By an example, its only values or its default; or by those of what it refers to, or of its items. */
function shows(part: Schema, file: string): boolean {
  if (Array.isArray(part.examples) && part.examples.length > 0) return true;
  if ('const' in part || 'enum' in part) return true;
  if ('default' in part && !isEmpty(part.default)) return true;
  if (typeof part.$ref === 'string') return shows(...referred(part.$ref, file));
  return part.items !== undefined && shows(part.items as Schema, file);
}

/** An empty list or map, which shows nothing of what can be in it. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** What a reference of a file leads to, and the file that it is in. */
function referred(reference: string, from: string): [Schema, string] {
  const [name = '', pointer = ''] = reference.split('#');
  const file = name === '' ? from : join(dirname(from), name);
  const keys = pointer.split('/').slice(1);
  const part = keys.reduce<Schema | undefined>(
    (at, key) => at?.[key] as Schema | undefined,
    schemas.get(file),
  );
  if (part === undefined) throw new Error(`${from} refers to "${reference}", which is not there`);
  return [part, file];
}

describe.each([...schemas])('%s', (file, schema) => {
  test('is JSON Schema 2020-12 under its own name', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.$id).toBe(`https://standard-container.example/v1/${file}`);
    expect(() => compiler().getSchema(String(schema.$id))).not.toThrow();
  });

  test('describes every property, there or in what it refers to', () => {
    expect(propertiesIn(file, schema, (property, from) => !describes(property, from))).toEqual([]);
  });

  test('shows of every property what can stand there', () => {
    expect(propertiesIn(file, schema, (property, from) => !shows(property, from))).toEqual([]);
  });

  test('takes no key of a map that it does not know, but in an image, where it is ignored', () => {
    const isOfImage = file.startsWith('image/');
    for (const [pointer, part] of parts(schema)) {
      if (part.type === 'object') expect(part, pointer).toHaveProperty('additionalProperties');
      if (part.properties !== undefined) expect(part.additionalProperties, pointer).toBe(isOfImage);
    }
  });

  test('has examples and defaults that it takes itself', () => {
    const ajv = compiler();
    for (const [pointer, part] of parts(schema)) {
      const samples = [...((part.examples as unknown[]) ?? []), ...('default' in part ? [part.default] : [])];
      if (samples.length === 0) continue;
      const validate = ajv.getSchema(`${schema.$id}${pointer}`);
      for (const sample of samples) {
        expect(validate?.(sample), `${pointer}: ${JSON.stringify(sample)}`).toBe(true);
      }
    }
  });
});

describe('the container file', () => {
  const definitions = schemas.get('container-file.schema.json')?.$defs as Record<string, Schema>;
  const keysOf = (name: string): string[] => propertiesOf(definitions[name] ?? {}).map(([key]) => key);
  const headings =
    'rootfs environment process network namespaces resources monitor logging signals terminal security';

  test('has the eleven headings of the execution environment, each numbered in its place', () => {
    const names =
      'Rootfs Environment Process ContainerNetwork Namespaces Resources Monitor Logging Signals Terminal Security';
    for (const [index, name] of names.split(' ').entries()) {
      expect(definitions[name]?.description).toMatch(new RegExp(`^Heading ${index + 1}, `));
    }
    expect(keysOf('Container')).toEqual(expect.arrayContaining(headings.split(' ')));
  });

  test('has one execution environment, for containers, jobs and the runs among the steps', () => {
    const own = ['apiVersion', 'kind', 'metadata', 'dependsOn', 'replicas', 'name', 'keep'];
    const environmentOf = (name: string): string[] => keysOf(name).filter((key) => !own.includes(key));
    expect(environmentOf('Job')).toEqual(environmentOf('Container'));
    expect(environmentOf('RunStep')).toEqual(environmentOf('Container'));
  });

  test('writes the unit of every size and time', () => {
    for (const [pointer, part] of parts(schemas.get('container-file.schema.json'))) {
      const target = basename(String(part.$ref));
      if (!/^(Size|Duration)(Limit)?$|^(Size|Time)Rlimit$/.test(target) || part.description === undefined)
        continue;
      expect(part.description, pointer).toMatch(/with a unit/);
    }
  });
});
