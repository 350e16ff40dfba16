import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkKnownMistakes, checkMutants, withoutMutant } from '../../scripts/specs/mutant-rules.ts';
import { KNOWN_MISTAKES, readKnownMistakes, withKnownMistake } from '../../src/conformance/known-mistakes.ts';
import { kindsOfMutants, mutants } from '../../src/conformance/mutants/mutants.ts';
import type { CaseEvent } from '../../src/schema/conformance-log.ts';

const mistake = {
  ...{ runtime: 'runc', case: 'operations/name-is-taken', shows: 'error.message', seen: '1.1.5' },
  ...{ mistake: 'its refusal does not say which name is taken', link: 'https://example.org/issues/7' },
};
const ended = (state: CaseEvent['state'], reason?: string): CaseEvent => ({
  ...{ event: 'case', case: mistake.case, title: 'it is refused', requirements: ['SC-OPS-001'], state },
  ...{ profiles: ['core'], level: 'must', assertions: 1, milliseconds: 9, ...(reason && { reason }) },
});

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sc-test-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const plant = (text: string) => {
  const file = join(root, KNOWN_MISTAKES);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

test('a failure that shows a known mistake is one, and another failure of the case is none', () => {
  const judged = (event: CaseEvent, runtime = 'runc') => withKnownMistake(event, runtime, [mistake]);
  expect(judged(ended('FAIL', 'step 2: error.message: found "x"'))).toMatchObject({
    state: 'XFAIL',
    knownMistake: mistake.link,
  });
  expect(judged(ended('FAIL', 'left on the host: a mount'))).toMatchObject({ state: 'FAIL' });
  expect(judged(ended('FAIL', 'error.message'), 'crun')).toMatchObject({ state: 'FAIL' });
});

test('a case that passes in spite of a known mistake is told, and what was not tried is as it is', () => {
  expect(withKnownMistake(ended('PASS'), 'runc', [mistake]).state).toBe('XPASS');
  expect(withKnownMistake(ended('UNSUPPORTED'), 'runc', [mistake]).state).toBe('UNSUPPORTED');
});

test('known mistakes are read from a file, which may be missing and not be of another form', () => {
  expect(readKnownMistakes(root)).toEqual([]);
  plant(`mistakes: [${JSON.stringify(mistake)}]\n`);
  expect(readKnownMistakes(root)).toEqual([mistake]);
  plant('mistakes: [{ runtime: runc }]\n');
  expect(() => readKnownMistakes(root)).toThrow(/known-mistakes\.yaml".*required/);
});

test('the linter refuses a mistake of sc, of no case, and a mutant that nobody names or that is none', () => {
  const cases = [
    {
      ...{ id: mistake.case, file: 'a.yaml' },
      value: { requirements: ['SC-OPS-001'], killedBy: ['leak-fd', 'leek-fd'] },
    },
    { id: 'b', file: 'b.yaml', value: { requirements: ['SC-OPS-001', 'SC-OPS-002'] } },
  ];
  const words = (problems: { message: string }[]) => problems.map(({ message }) => message);
  expect(words(checkMutants(cases, ['leak-fd', 'leak-mount']))).toEqual([
    'there is no mutant "leek-fd" (src/conformance/mutants)',
    'no case has "leak-mount" in killedBy',
  ]);
  expect(withoutMutant(cases)).toEqual(['SC-OPS-002']);
  const mistakes = [mistake, { ...mistake, runtime: 'sc', case: 'c' }];
  expect(words(checkKnownMistakes(cases, mistakes, KNOWN_MISTAKES))).toEqual([
    'there is no case "c"',
    'a mistake of sc is mended',
  ]);
});

test('no two mutants have the same name', () => {
  expect(Object.keys(mutants).sort()).toEqual(kindsOfMutants.flatMap((kind) => Object.keys(kind)).sort());
});
