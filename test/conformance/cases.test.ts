import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCase, readSuite } from '../../src/conformance/cases.ts';
import { selectCases } from '../../src/conformance/selection.ts';
import { shuffled } from '../../src/conformance/shuffle.ts';
import { hashOf, type Statement } from '../../src/conformance/specification/statement.ts';

const statement: Statement = {
  ...{ id: 'SC-WAIT-001', prefix: 'WAIT', number: 1, level: 'must', since: '1.0', profile: 'core' },
  ...{ oci: undefined, text: 'The result MUST come.', file: 'specs/wait.md', line: 1 },
};
const known = new Map([[statement.id, statement]]);
const head = `id: wait/ends
title: it ends
requirements: [SC-WAIT-001]
level: must
sentences: { SC-WAIT-001: "${hashOf(statement)}" }
`;
const good = `${head}steps: [{ run: { script: 'true' }, expect: { exit.code: 0 } }]\n`;

const read = (text: string) => readCase('conformance/cases/wait/ends.yaml', text, known);

test('the cases of this repository can all be run', () => {
  const { cases } = readSuite(join(import.meta.dirname, '../..'));
  expect(cases.length).toBeGreaterThan(0);
  expect(cases.flatMap(({ id, faults }) => faults.map((fault) => `${id}: ${fault}`))).toEqual([]);
});

test('a case belongs to the profiles of the statements that it checks', () => {
  expect(read(good)).toMatchObject({ id: 'wait/ends', profiles: ['core'], level: 'must', faults: [] });
});

describe('a case is not run', () => {
  const step = (text: string) => `${head}steps:\n  - ${text}\n`;
  test.each([
    ['without an expectation', step('run: {}'), 'it expects nothing'],
    ['whose step does nothing', step('expect: { a: 1 }'), 'it does nothing'],
    [
      'whose step does two things',
      step('{ run: {}, stop: {}, expect: { a: 1 } }'),
      'several things: run, stop',
    ],
    ['with an unknown word', step('{ runs: {}, expect: { a: 1 } }'), 'additional properties'],
    ['that is no YAML', 'id: [', 'Flow sequence'],
    ['of another file', good.replace('wait/ends', 'wait/other'), 'that of its file "wait/ends"'],
    [
      'of a sentence that has become another',
      good.replace(/"[0-9a-f]{12}"/, '"000000000000"'),
      'it is stale',
    ],
    ['of no sentence', good.replaceAll('WAIT-001', 'WAIT-009'), 'there is no SC-WAIT-009'],
    [
      'with a place for nothing',
      step(`{ run: { script: '<<a>>' }, expect: { a: 1 } }`),
      'nothing stands for <<a>>',
    ],
    [
      'with a container that it has not',
      step('{ state: { container: b }, expect: { a: 1 } }'),
      'no container "b"',
    ],
    [
      'that repeats what changes something',
      step('{ stop: {}, within: 9, expect: { a: 1 } }'),
      'cannot be done again',
    ],
    [
      'with a control that changes nothing',
      `${good}control: { patch: { 'steps[0].run.script': 'true' } }\n`,
      'no other case',
    ],
    [
      'that types where nobody has begun a command line',
      step('{ caller: { of: attached, type: x }, expect: { a: 1 } }'),
      'no command line is begun as "attached" before',
    ],
    [
      'that waits for who is held at a file that is not',
      step('{ held: /x, within: 9, expect: { processes: [] } }'),
      'the file "/x" is not held before',
    ],
    [
      'that types again and again',
      `${step('{ cli: { args: [ps] }, begin: a }')}  - { caller: { of: a, type: x }, within: 9, expect: { a: 1 } }\n`,
      'cannot be done again and again where it does something',
    ],
    [
      'that asks another machine without one',
      step('{ neighbour: { script: ls }, expect: { code: 0 } }'),
      'it asks another machine',
    ],
    [
      'that names another machine without one',
      step(`{ host: { script: 'echo <<machine>>' }, expect: { code: 0 } }`),
      'nothing stands for <<machine>>',
    ],
    ['with a column that hides a place', `${good}table: [{ tmp: 1 }]\n`, 'has the name of <<tmp>>'],
    ['with rows of different columns', `${good}table: [{ a: 1 }, { b: 1 }]\n`, 'different columns'],
  ])('%s', (_, text, fault) => {
    expect(read(text).faults.join('\n')).toContain(fault);
  });

  test('that uses an answer before it is there', () => {
    const late = `${head}steps:\n  - { look: '<<a.text>>' }\n  - { run: {}, as: a, expect: { exit.code: 0 } }\n`;
    expect(read(late).faults).toEqual(['steps[0]: nothing stands for <<a>>']);
  });
});

test('cases are chosen by profile, level, chapter, pattern and statement', () => {
  const one = read(good);
  const all = { profiles: [], levels: [], cases: [] };
  const isChosen = (wanted: object) => selectCases([one], { ...all, ...wanted }).length === 1;
  for (const pattern of ['wait/ends', 'wait', 'wait/*', '**', 'SC-WAIT-001'])
    expect(isChosen({ cases: [pattern] })).toBe(true);
  for (const pattern of ['wai', 'run/*', '*', 'SC-WAIT-002'])
    expect(isChosen({ cases: [pattern] })).toBe(false);
  expect(isChosen({ profiles: ['core'], levels: ['must'] })).toBe(true);
  expect(isChosen({ profiles: ['cli'] })).toBe(false);
  expect(isChosen({ levels: ['may'] })).toBe(false);
});

test('an order is one of all cases, follows from its seed alone, and is another for most seeds', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      const order = shuffled(items, seed);
      expect(order.toSorted()).toEqual(items.toSorted());
      expect(shuffled(items, seed)).toEqual(order);
    }),
  );
  const items = Array.from({ length: 10 }, (_, index) => index);
  const orders = new Set(Array.from({ length: 100 }, (_, seed) => shuffled(items, seed).join()));
  expect(orders.size).toBeGreaterThan(95);
});
