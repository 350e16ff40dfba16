import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { containerFields, type Schema } from '../../scripts/schema/field-paths.ts';
import { backendNames, featuresOf } from '../../src/backend/registry.ts';
import { refusedFields } from '../../src/plan/honoured.ts';
import type { ContainerFile } from '../../src/schema/container-file.ts';
import type { Support } from '../../src/schema/features.ts';
import { fieldPaths } from '../../src/schema/field-paths.ts';
import { fits } from '../support/answer.ts';

const file = join(import.meta.dirname, '../../schema/container-file.schema.json');
const fields = containerFields(file);
const { $defs } = JSON.parse(readFileSync(file, 'utf8'));
const ajv = new Ajv2020({ allowUnionTypes: true, strictRequired: false });

test('the fields of a container are those of the schema, down to its leaves', () => {
  expect(fields.map(({ path }) => path)).toEqual(fieldPaths);
  expect(new Set(fieldPaths).size).toBe(fieldPaths.length);
  for (const path of ['kind', 'metadata.name', 'network.mode', 'resources.rlimits.nofile', 'mounts[].bind'])
    expect(fieldPaths).toContain(path);
  for (const path of ['mounts', 'network', 'resources.rlimits']) expect(fieldPaths).not.toContain(path);
});

test('no backend takes over what another declares: a field of one would be claimed by all', () => {
  const room = join(import.meta.dirname, '../../src/backend');
  for (const file of globSync('*/features.ts', { cwd: room })) {
    const imports = readFileSync(join(room, file), 'utf8').match(/ from '.*';$/gm) ?? [];
    for (const line of imports) expect(line, file).toMatch(/ from '\.\.\/(tool\/)?features\.ts';$/);
  }
});

test('no example of a document in the schema shows what is refused', async () => {
  const native = await featuresOf('native');
  const kinds = Object.entries<{ properties?: object; examples?: ContainerFile[] }>($defs).filter(
    ([, { properties = {} }]) => 'apiVersion' in properties,
  );
  expect(kinds.map(([kind]) => kind)).toContain('Volume');
  for (const [kind, { examples = [] }] of kinds)
    for (const example of examples) expect(refusedFields(example, native), kind).toEqual([]);
});

/** Values that the schema says to be of a field: each of a list of words, its default, and its examples. */
function samplesOf(schema: Schema): unknown[] {
  const { enum: words = [], examples = [], default: fallback, const: only, anyOf, oneOf } = schema;
  const own = [words, examples, fallback ?? [], only ?? []].flat(1) as unknown[];
  const whole = schema.type === 'array' ? [examples, fallback === undefined ? [] : [fallback]].flat(1) : own;
  const forms = [anyOf ?? [], oneOf ?? []].flat(1) as Schema[];
  return [...whole, ...forms.flatMap(samplesOf)];
}

/** A document with this value at the path, and nothing else that anybody asks for. */
function documentWith(path: string, value: unknown): ContainerFile {
  const within = path
    .split('.')
    .toReversed()
    .reduce<unknown>(
      (inner, key) => (key.endsWith('[]') ? { [key.slice(0, -2)]: [inner] } : { [key]: inner }),
      value,
    );
  // A Job alone has expectations.
  const kind = path.startsWith('expect.') ? 'Job' : 'Container';
  return {
    kind,
    process: { args: ['true'] },
    ...(within as object),
  } as unknown as ContainerFile;
}

function isSupported(support: Support, value: unknown): boolean {
  if (support.support !== 'some') return support.support === 'all';
  const { values, beginnings = [] } = support;
  return (
    values.some((one) => isDeepStrictEqual(one, value)) ||
    (typeof value === 'string' && beginnings.some((beginning) => value.startsWith(beginning)))
  );
}

test('each field of a container has values in the schema to try', () => {
  const untried = fields.filter(({ schema }) => samplesOf(schema).length === 0).map(({ path }) => path);
  expect(untried).toEqual([]);
});

describe.each(backendNames)('what backend %s declares', async (name) => {
  const features = await featuresOf(name);

  test('fits its schema, under its name', () => {
    expect(features.backend).toBe(name);
    expect(fits('features.schema.json', features)).toBe(true);
  });

  test('is said of each field of a container, and of nothing else', () => {
    expect(Object.keys(features.fields).toSorted()).toEqual(fieldPaths.toSorted());
  });

  test.each(fields)('decides alone whether a file with $path is told to run', ({ path, schema }) => {
    const support = features.fields[path as keyof typeof features.fields];
    const isList = schema.type === 'array';
    for (const value of samplesOf(schema)) {
      const place = path.replaceAll('[]', '[0]');
      const told = refusedFields(documentWith(path, value), features)
        .map(({ path }) => path)
        .filter((one) => one === place || one.startsWith(`${place}.`) || one.startsWith(`${place}[`));
      const items = isList && Array.isArray(value) ? value : [value];
      const refused = items.filter((item) => !isSupported(support, item));
      const isAsked = typeof value !== 'object' || value === null || Object.keys(value).length > 0;
      expect(told.length > 0, `${JSON.stringify(value)}: ${told}`).toBe(isAsked && refused.length > 0);
    }
  });

  const partial = fields.flatMap(({ path, schema }) => {
    const support = features.fields[path as keyof typeof features.fields];
    return support.support === 'some' ? [{ path, schema, support }] : [];
  });

  test.each(partial)('are values of $path that the schema takes', ({ schema, support }) => {
    const item = (schema.items as object | undefined) ?? schema;
    const validate = ajv.compile({ ...item, $defs });
    for (const value of support.values) expect(validate(value), JSON.stringify(value)).toBe(true);
  });

  test.each(partial)('tells whether the default of $path is among them', ({ schema, support }) => {
    const { default: fallback } = schema;
    const isAmong = fallback === undefined || support.values.includes(fallback);
    expect(support.unsupportedDefault).toEqual(isAmong ? undefined : fallback);
  });
});
