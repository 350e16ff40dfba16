import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkKillers, checkKnownMistakes, checkMutants } from '../../scripts/specs/mutant-rules.ts';
import { KNOWN_MISTAKES, readKnownMistakes, withKnownMistake } from '../../src/conformance/known-mistakes.ts';
import { kindsOfMutants, mutants } from '../../src/conformance/mutants/mutants.ts';
import type { Statement } from '../../src/conformance/specification/statement.ts';
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
  const mistakes = [mistake, { ...mistake, runtime: 'sc', case: 'c' }];
  expect(words(checkKnownMistakes(cases, mistakes, KNOWN_MISTAKES))).toEqual([
    'there is no case "c"',
    'a mistake of sc is mended',
  ]);
});

test('the linter refuses more musts that no mutant breaks than the budget has, and a break of what is not checked', () => {
  const statement = (number: number): Statement => ({
    ...{ id: `SC-OPS-00${number}`, prefix: 'OPS', number, level: 'must', since: '1.0', profile: 'core' },
    ...{ oci: undefined, text: 'It MUST.', file: 'specs/a.md', line: number },
  });
  const killedBy = { 'leak-fd': ['SC-OPS-001', 'SC-OPS-004'] };
  const cases = [
    { id: 'a', file: 'a.yaml', value: { requirements: ['SC-OPS-001', 'SC-OPS-002'], killedBy } },
    { id: 'b', file: 'b.yaml', value: { requirements: ['SC-OPS-003'], killedBy: ['leak-fd'] } },
  ];
  const statements = [1, 2, 3, 4].map(statement);
  expect(checkKillers(cases, statements, 1)).toEqual([]);
  expect(checkKillers(cases, statements, 0)).toEqual([
    {
      ...{ file: 'conformance/budget.yaml', line: 0 },
      message: '1 musts with a case are broken by no mutant, SC-OPS-002 among them, and 0 are allowed',
    },
  ]);
  expect(checkMutants(cases, ['leak-fd'])).toEqual([
    { file: 'a.yaml', line: 0, message: '"leak-fd" breaks SC-OPS-004, which is none of its requirements' },
  ]);
});

test('no two mutants have the same name', () => {
  expect(Object.keys(mutants).sort()).toEqual(kindsOfMutants.flatMap((kind) => Object.keys(kind)).sort());
});
