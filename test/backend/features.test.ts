import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { containerFields } from '../../scripts/schema/field-paths.ts';
import { backendNames, featuresOf } from '../../src/backend/registry.ts';
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

describe.each(backendNames)('what backend %s declares', async (name) => {
  const features = await featuresOf(name);

  test('fits its schema, under its name', () => {
    expect(features.backend).toBe(name);
    expect(fits('features.schema.json', features)).toBe(true);
  });

  test('is said of each field of a container, and of nothing else', () => {
    expect(Object.keys(features.fields).toSorted()).toEqual(fieldPaths.toSorted());
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
