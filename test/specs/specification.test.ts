import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lintSpecs, problemWords } from '../../scripts/lint-specs.ts';
import { readSpecification } from '../../src/conformance/specification/specification.ts';

const root = join(import.meta.dirname, '../..');
const { pages, statements } = readSpecification(root);

test('the specification has no problems', () => {
  expect(lintSpecs(root).map(problemWords)).toEqual([]);
});

test('every part of the specification has statements', () => {
  const prefixes = new Set(statements.map(({ prefix }) => prefix));
  const operations = ['COPY', 'RUN', 'STOP', 'WAIT', 'COMMIT', 'ATTACH', 'DIFF'];
  for (const prefix of ['IMG', 'LAY', 'OPS', ...operations, 'BAK', 'CNF']) expect(prefixes).toContain(prefix);
});

test('the page of each standard operation shows its request and its result', () => {
  for (const operation of ['copy', 'run', 'stop', 'wait', 'commit', 'attach', 'diff']) {
    const page = pages.find(({ file }) => file === `specs/operations/${operation}.md`);
    const schemas = page?.blocks.map(({ schema }) => schema?.split('#')[0]);
    expect(schemas?.filter((schema) => schema === `operations/${operation}.schema.json`)).toHaveLength(2);
  }
});
