import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compareRuns } from '../../src/conformance/compare.ts';
import { readLog, recordOf } from '../../src/conformance/log-file.ts';
import { report } from '../../src/conformance/reports/report.ts';
import { wantedReports } from '../../src/conformance/reports/write-reports.ts';
import type { Statement } from '../../src/conformance/specification/statement.ts';
import type { ConformanceReport } from '../../src/schema/conformance-answer.ts';
import type { CaseEvent, ConformanceLog, ResultState, RunEvent } from '../../src/schema/conformance-log.ts';

const hostile = '</script><script>alert(1)</script> # TODO \u0007 | "quoted" & <b>';

const run: RunEvent = {
  ...{ event: 'run', form: 1, time: '2024-05-01T12:00:00.000Z' },
  runtime: { argument: 'x', declared: { name: 'x<y>', version: '1', operations: ['run'], fields: ['*'] } },
  suite: {
    version: '0.1.0',
    specification: '1.0',
    specificationDigest: 'sha256:1',
    casesDigest: 'sha256:2',
    statements: 4,
    cases: 4,
  },
  host: {
    kernel: '6.1',
    processor: 'x64',
    controlGroups: 'v2',
    controllers: [],
    security: [],
    node: '26',
    root: true,
  },
  selection: { profiles: [], levels: [], cases: [], seed: 7, selected: 4 },
};

function one(id: string, state: ResultState, requirements: string[], reason?: string): CaseEvent {
  const evidence = [{ step: 1, action: 'run', seen: { stdout: hostile }, broken: ['stdout: other'] }];
  return {
    ...{
      event: 'case',
      case: id,
      title: 'it holds',
      requirements,
      profiles: ['core'],
      level: 'must',
      state,
      assertions: 1,
    },
    ...(reason !== undefined && { reason, evidence }),
    milliseconds: 1500,
  };
}

const cases = [
  one('a/passes', 'PASS', ['SC-A-001']),
  one('a/fails', 'FAIL', ['SC-A-001', 'SC-A-002'], hostile),
  one('a/lacks', 'PRECONDITION', ['SC-A-003'], 'the host lacks x'),
  one('a/optional', 'UNSUPPORTED', ['SC-A-004'], 'declared'),
];

const record = (events: readonly CaseEvent[] = cases, more: Partial<RunEvent> = {}) =>
  recordOf(
    [{ ...run, ...more }, ...events, { event: 'end', time: run.time, counts: {}, milliseconds: 6000 }],
    'log',
  );

const statement = (id: string, more: Partial<Statement> = {}): Statement => ({
  ...{ id, prefix: 'A', number: 1, level: 'must', since: '1.0', profile: 'core', oci: undefined },
  ...{ text: 'It MUST `hold`.', file: 'specs/a.md', line: 3 },
  ...more,
});
const statements = [
  ...['SC-A-001', 'SC-A-002', 'SC-A-003', 'SC-A-004', 'SC-A-005'].map((id) => statement(id)),
  statement('SC-A-006', { profile: 'suite' }),
];
const suite = { version: '1.0', statements };

test('one case that fails fails its statements, and what no case has is not said to hold', () => {
  const { runs, statements: told } = JSON.parse(report('json', suite, [record()])) as ConformanceReport;
  expect(told.map(({ id, states }) => [id, states[0]])).toEqual([
    ['SC-A-001', 'failed'],
    ['SC-A-002', 'failed'],
    ['SC-A-003', 'incomplete'],
    ['SC-A-004', 'unsupported'],
    ['SC-A-005', 'untested'],
  ]);
  expect(runs[0]?.tally).toEqual({ passed: 1, failed: 1, incomplete: 1, unsupported: 1, notApplicable: 0 });
  expect(runs[0]?.profiles).toEqual([
    expect.objectContaining({ profile: 'core', conforms: false, musts: 5 }),
  ]);
});

test('a profile can be claimed where each of its musts has passed, and no sooner', () => {
  const claim = (states: readonly ResultState[], level: Statement['level'] = 'must') => {
    const events = states.map((state, index) => one(`a/c${index}`, state, [`SC-A-00${index + 1}`], 'r'));
    const two = [statement('SC-A-001'), statement('SC-A-002', { level })];
    const { runs } = JSON.parse(
      report('json', { version: '1.0', statements: two }, [record(events)]),
    ) as ConformanceReport;
    return runs[0]?.profiles[0]?.conforms;
  };
  expect(claim(['PASS', 'PASS'])).toBe(true);
  for (const state of [
    'FAIL',
    'UNSUPPORTED',
    'NOT-APPLICABLE',
    'PRECONDITION',
    'ERROR',
    'TIMEOUT',
    'CRASH',
  ] as const)
    expect(claim(['PASS', state])).toBe(false);
  expect(claim(['PASS'])).toBe(false);
  // A should fails no profile.
  expect(claim(['PASS', 'FAIL'], 'should')).toBe(true);
});

test('TAP counts what was selected, skips what neither passed nor failed, and is not misled by a reason', () => {
  const lines = report('tap', suite, [record()]).split('\n');
  expect(lines.slice(0, 3)).toEqual(['TAP version 14', '1..4', 'ok 1 - a/passes: it holds']);
  expect(lines).toContain('not ok 2 - a/fails: it holds');
  expect(lines).toContain('ok 3 - a/lacks: it holds # SKIP PRECONDITION the host lacks x');
  expect(lines).toContain('ok 4 - a/optional: it holds # SKIP UNSUPPORTED declared');
  expect(lines.filter((line) => /^(not )?ok /.test(line))).toHaveLength(4);
  const several = report('tap', suite, [
    record(),
    record([cases[0] as CaseEvent], { selection: { ...run.selection, selected: 1 } }),
  ]);
  expect(several.match(/^(not )?ok .*$/gm)).toEqual(['not ok 1 - x', 'ok 2 - x']);
});

test('JUnit has failures, errors and skipped apart, in text that is XML', () => {
  const xml = report('junit', suite, [record()]);
  expect(xml).toContain('name="x&lt;y&gt; 1" tests="4" failures="1" errors="0" skipped="2" time="6.000"');
  expect(xml).toContain('<failure message="FAIL: &lt;/script&gt;');
  expect(xml).toContain('<skipped message="PRECONDITION: the host lacks x"/>');
  expect(xml).not.toContain('\u0007');
  // What was not tried is an error of the run.
  expect(report('junit', suite, [record(cases.slice(0, 2))])).toContain('<error message="2 were not"/>');
});

test('Markdown and the badge tell no share without what is not in it', () => {
  const markdown = report('markdown', suite, [record()]);
  expect(markdown).toContain('| x&lt;y> | 1 | 1 | 1 | 1 | 1 | 0 |');
  expect(markdown).toContain('| suite of 0.1.0, 4 cases, sha256:2 |');
  expect(markdown).toContain('| core | 0 of 5, 2 failed |');
  expect(markdown).toContain('\\| "quoted"');
  expect(report('badge', suite, [record()])).toContain('1 passed, 1 failed, 2 not measured');
});

test('the page has all of it in one file, and nothing that a runtime says is markup', () => {
  const html = report('html', suite, [record()]);
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(html.match(/<\/script>/g)).toHaveLength(2);
  expect(html).not.toMatch(/(src|href)="https?:/);
  const [, data = ''] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  const { rows, runs } = JSON.parse(data);
  expect(rows).toHaveLength(5);
  expect(runs[0].suite).toBe('suite of 0.1.0, 4 cases, sha256:2');
  expect(runs[0].results['a/fails'].reason).toBe(hostile);
});

test('a later run is worse where a case passed and does not, or is not tried any more', () => {
  const later = [
    one('a/passes', 'TIMEOUT', [], 'late'),
    one('a/fails', 'PASS', []),
    one('a/new', 'FAIL', [], 'r'),
    one('a/optional', 'UNSUPPORTED', []),
  ];
  expect(compareRuns(record(), record(later))).toEqual({
    changed: [
      { case: 'a/fails', before: 'FAIL', after: 'PASS' },
      { case: 'a/lacks', before: 'PRECONDITION' },
      { case: 'a/new', after: 'FAIL', reason: 'r' },
      { case: 'a/passes', before: 'PASS', after: 'TIMEOUT', reason: 'late' },
    ],
    worse: ['a/passes'],
    sameSuite: true,
  });
  expect(compareRuns(record(), record([])).worse).toEqual(['a/passes']);
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('a log is read as it was written, also one that breaks off', () => {
  const events: ConformanceLog[] = [run, ...cases];
  const file = join(directory, 'log');
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  expect(readLog(file)).toEqual({ file, run, cases, end: undefined });
});

test.each([
  ['hello\n', 'is no line of such a log'],
  [`${JSON.stringify(cases[0])}\n`, 'does not begin with a run'],
  [`${JSON.stringify(run)}\n${JSON.stringify(run)}\n`, 'of several runs'],
  ['', 'does not begin with a run'],
])('what is no log is refused: %j', (text, message) => {
  writeFileSync(join(directory, 'log'), text);
  expect(() => readLog(join(directory, 'log'))).toThrow(message);
});

test('a log that is not there is refused by its name', () => {
  expect(() => readLog('/no/such/log')).toThrow('read "/no/such/log": ');
});

test('wanted reports have a form and a file', () => {
  expect(wantedReports(['html=a=b.html'])).toEqual([{ form: 'html', file: 'a=b.html' }]);
  for (const word of ['html', 'html=', 'pdf=x', '=x'])
    expect(() => wantedReports([word])).toThrow(`found "${word}"`);
});
