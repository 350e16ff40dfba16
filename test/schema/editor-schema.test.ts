import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { editorSchema } from '../../scripts/schema/editor-schema.ts';
import { parseDocuments } from '../../src/document/load.ts';
import { good, pathOf, variables } from './fixtures.ts';

const read = (path: string) => JSON.parse(readFileSync(pathOf(path), 'utf8'));
const fits = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true }).compile(
  read(editorSchema),
);
const fitsLaw = new Ajv2020({ allowUnionTypes: true, strictRequired: false }).compile(
  read('schema/container-file.schema.json'),
);

test('it is one file that names itself and refers to nothing else', () => {
  const schema = read(editorSchema);
  expect(schema.$id).toBe('https://standard-container.example/v1/container-file.editor.json');
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
  const references = [...JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g)].map(([, to]) => to);
  expect(references.filter((to) => !to?.startsWith('#/definitions/'))).toEqual([]);
});

test('the examples name it in their first line', () => {
  for (const file of good.filter((path) => path.startsWith('examples/'))) {
    const [first] = readFileSync(pathOf(file), 'utf8').split('\n');
    expect(first, file).toBe(`# yaml-language-server: $schema=../${editorSchema}`);
  }
});

describe.each(good)('%s', (file) => {
  const text = readFileSync(pathOf(file), 'utf8');
  const documents = parseDocuments(text, file, variables).map(({ value }) => value);

  test('fits as it is written, its variables without values', () => {
    for (const document of [parseAllDocuments(text)].flat())
      expect(fits(document.toJS()), JSON.stringify(fits.errors)).toBe(true);
  });

  test('is refused where the law refuses it, whatever of it is something else', () => {
    for (const document of documents) {
      for (const changed of [...changes(document)]) {
        expect(fits(changed), JSON.stringify(changed)).toBe(fitsLaw(changed));
      }
    }
  });
});

/** The document with each of its values taken away, or another value, or beside another key. */
function* changes(document: unknown): Generator<unknown> {
  for (const [holder, key] of places(document)) {
    const copy = () => structuredClone(document);
    const holderIn = (root: unknown) =>
      holder.reduce<unknown>((value, name) => Reflect.get(value as object, name), root) as object;
    for (const value of ['', 0, -1.5, true, null, [], {}, ['x'], { x: 'x' }]) {
      const other = copy();
      Reflect.set(holderIn(other), key, value);
      yield other;
    }
    const without = copy();
    Reflect.deleteProperty(holderIn(without), key);
    yield without;
    const more = copy();
    Reflect.set(holderIn(more), 'unheard-of', 1);
    yield more;
  }
}

/** Each value in a map by the path of that map, and its key. */
function places(value: unknown, path: readonly string[] = []): [readonly string[], string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(Array.isArray(value) ? [] : [[path, key] as [readonly string[], string]]),
    ...places(inner, [...path, key]),
  ]);
}
