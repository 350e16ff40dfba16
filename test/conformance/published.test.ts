import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSuite } from '../../src/conformance/cases.ts';
import { readSpecification } from '../../src/conformance/specification/specification.ts';
import { countsOf, meaning, tallyOf } from '../../src/conformance/verdict.ts';
import type { CellState, ProfileVerdict, Tally } from '../../src/schema/conformance-answer.ts';
import type { ResultState } from '../../src/schema/conformance-log.ts';

/** The data that the page draws itself from. */
interface Published {
  runs: {
    name: string;
    version: string;
    suite: string;
    tally: Tally;
    profiles: ProfileVerdict[];
    results: { [id: string]: { state: ResultState } };
  }[];
  rows: {
    id: string;
    level: string;
    profile: string;
    cells: { state: CellState; cases: string[] }[];
  }[];
}

const root = join(import.meta.dirname, '../..');
const textOf = (file: string) => readFileSync(join(root, 'docs/conformance', file), 'utf8');
const [, json = ''] =
  /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(textOf('matrix.html')) ?? [];
const { runs, rows }: Published = JSON.parse(json);
const tables = textOf('README.md');

/** Cells of the lines of a table, without its head. */
const cellsOf = (text: string) =>
  [...text.matchAll(/^\| (.*) \|$/gm)].slice(1).map(([, line = '']) => line.split(/ \| /));
const [beginning = '', ...parts] = tables.split(/^## /m).filter((part) => !part.startsWith('How'));
const partNamed = (title: string) => parts.find((part) => part.startsWith(`${title}\n`)) ?? '';

test('all runs that are published were of one suite, which the matrix and the tables name', () => {
  expect(runs.length).toBeGreaterThan(6);
  const [suite = '', ...others] = [...new Set(runs.map((run) => run.suite))];
  expect(others).toEqual([]);
  const [, cases, digest = ''] = /, (\d+) cases, (sha256:[0-9a-f]{12})$/.exec(suite) ?? [];
  expect(runs.map(({ results }) => Object.keys(results).length)).toEqual(runs.map(() => Number(cases)));
  expect([...new Set(tables.match(/sha256:[0-9a-f]+/g))]).toEqual([digest]);
});

test('the tables say of each run what the matrix says', () => {
  const states = runs.map(({ results }) => Object.values(results));
  expect(runs.map(({ tally }) => tally)).toEqual(states.map((some) => tallyOf(countsOf(some))));
  const lines = cellsOf(beginning).filter((cells) => cells.length > 2);
  expect(lines.map((cells) => cells.slice(0, 7))).toEqual(
    runs.map(({ name, version, tally }) => [
      ...[name, version],
      ...[tally.passed, tally.failed, tally.incomplete, tally.unsupported, tally.notApplicable].map(String),
    ]),
  );
  for (const { name, results } of runs) {
    const told = cellsOf(partNamed(`What did not pass on ${name}`)).map(([id = '', state]) => [
      id.replaceAll('`', ''),
      state,
    ]);
    const bad = Object.entries(results).filter(([, { state }]) =>
      ['failed', 'incomplete'].includes(meaning[state]),
    );
    expect(told.toSorted()).toEqual(bad.map(([id, { state }]) => [id, state]).toSorted());
  }
});

test('the tables say of each profile what the matrix says', () => {
  const words = ({ passed, musts, failed, conforms }: ProfileVerdict) =>
    conforms ? `**${passed} of ${musts}**` : `${passed} of ${musts}${failed ? `, ${failed} failed` : ''}`;
  const [first] = runs;
  expect(cellsOf(partNamed('Profiles'))).toEqual(
    first?.profiles.map(({ profile }, index) => [
      profile,
      ...runs.map(({ profiles }) => words(profiles[index] as ProfileVerdict)),
    ]),
  );
  for (const [index, { profiles }] of runs.entries())
    for (const { profile, musts, passed, failed } of profiles) {
      const states = rows
        .filter((row) => row.profile === profile && row.level === 'must')
        .map(({ cells }) => cells[index]?.state);
      const count = (state: CellState) => states.filter((one) => one === state).length;
      expect({ profile, musts, passed, failed }).toEqual({
        ...{ profile, musts: states.length, passed: count('passed'), failed: count('failed') },
      });
    }
});

test('each statement and each case that is published is still there or retired, and shown', () => {
  const { statements, cases } = readSuite(root);
  const { retired } = readSpecification(root);
  const ids = [...statements, ...cases].map(({ id }) => id);
  const known = new Set([...ids, ...Object.keys(retired)]);
  const shown = [...rows.map(({ id }) => id), ...runs.flatMap(({ results }) => Object.keys(results))];
  expect([...new Set(shown)].filter((id) => !known.has(id))).toEqual([]);
  for (const [index, { results }] of runs.entries()) {
    const linked = new Set(rows.flatMap(({ cells }) => cells[index]?.cases ?? []));
    expect([...linked].toSorted()).toEqual(Object.keys(results).toSorted());
  }
});
