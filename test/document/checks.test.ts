import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { namesOf } from '../../src/document/checks/names.ts';
import { checks } from '../../src/document/checks.ts';
import { parseYaml } from '../../src/document/parse-yaml.ts';
import { bad, good, pathOf, variables } from '../schema/fixtures.ts';

const read = (file: string): unknown[] =>
  parseYaml(readFileSync(pathOf(file), 'utf8'), file, variables).documents.map(({ value }) => value);

describe.each(checks)('$name', ({ run }) => {
  const finds = (file: string): boolean => {
    const documents = read(file);
    return documents.some(
      (document) => run(document, namesOf(documents.map((value) => ({ value, file: 'a.yaml' })))).length > 0,
    );
  };

  test('finds something in a bad fixture and nothing in the good ones', () => {
    expect(bad.some(finds)).toBe(true);
    expect(good.some(finds)).toBe(false);
  });

  test.each([
    null,
    1,
    'a',
    [],
    [[]],
    {},
    { kind: 'Job', process: 1, mounts: { a: 1 }, steps: 1, network: [] },
  ])('has nothing to say of %j', (value) => {
    expect(run(value, namesOf([{ value, file: 'a.yaml' }]))).toEqual([]);
  });
});

test('every check has a name of its own', () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
});
