import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parseDocuments } from '../../src/document/load.ts';
import { InvalidFileError, type Problem } from '../../src/errors/problem.ts';
import { bad, good, pathOf, variables } from './fixtures.ts';

const schema = JSON.parse(readFileSync(pathOf('schema/container-file.schema.json'), 'utf8'));
const fitsSchema = new Ajv2020({ allowUnionTypes: true, strictRequired: false }).compile(schema);

test('there are fixtures', () => {
  expect(good.length).toBeGreaterThanOrEqual(10);
  expect(bad.length).toBeGreaterThanOrEqual(25);
});

describe('good', () => {
  test.each(good)('%s is taken, by the schema as a whole too', (file) => {
    const documents = parseDocuments(readFileSync(pathOf(file), 'utf8'), file, variables);
    for (const { value } of documents) {
      expect(fitsSchema(value), JSON.stringify(fitsSchema.errors)).toBe(true);
    }
  });
});

/** A bad fixture says in its first lines, after `#! `, what is wrong with it. */
describe('bad', () => {
  test.each(bad)('%s has exactly the problems that it says', (file) => {
    const text = readFileSync(pathOf(file), 'utf8');
    const expected = [...text.matchAll(/^#! (.*)$/gm)].map(([, line]) => line);
    expect(expected).not.toEqual([]);
    expect(problemsOf(text)).toEqual(expected);
  });
});

function problemsOf(text: string): string[] {
  try {
    parseDocuments(text, 'file', variables);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    return error.problems.map(asInFixture);
  }
}

/** `line:column: path: message (expected ...; did you mean ...?)` */
function asInFixture({ line, column, path, message, expected, suggestion }: Problem): string {
  const hints = [
    ...(expected === undefined ? [] : [`expected ${expected}`]),
    ...(suggestion === undefined ? [] : [`did you mean ${suggestion}?`]),
  ];
  const more = hints.length === 0 ? '' : ` (${hints.join('; ')})`;
  return `${line}:${column}: ${path === '' ? '' : `${path}: `}${message}${more}`;
}
