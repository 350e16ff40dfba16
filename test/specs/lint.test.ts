import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lintSpecs, problemWords } from '../../scripts/lint-specs.ts';
import { hashOf } from '../../src/conformance/specification/statement.ts';

const first = '- `SC-WAIT-001` (must, since 1.0, profile core) The result MUST come.';
const sentence = { level: 'must', text: 'The result MUST come.' } as const;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sc-test-'));
  plant('specs/README.md', '# Specification\n\nVersion 1.0, of something.\n');
  plant('specs/conformance.md', '# Conformance\n\n| `core` | all |\n| `suite` | nothing |\n');
  plant('specs/wait.md', `# wait\n\nIt waits.\n\n${first}\n`);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test('a good specification has no problems', () => {
  plant(
    'specs/wait.md',
    `# wait\n\nIt waits, as \`SC-WAIT-001\` and [README](README.md#specification) say.\n\n${first}\n`,
  );
  expect(problems()).toEqual([]);
});

describe('statements', () => {
  test.each([
    ['- `SC-WAIT-02` (must, since 1.0, profile core) It MUST.', 'it is no statement'],
    ['- SC-WAIT-002 (must, since 1.0, profile core) It MUST.', 'it is no statement'],
    ['* `SC-WAIT-002` (must, since 1.0, profile core) It MUST.', 'it is no statement'],
    ['- `SC-WAIT-002` (should, profile core) It SHOULD.', 'it is no statement'],
    ['- `SC-WAIT-002` (must, since 1.0, profile core, OCI: config.md) It MUST.', 'it is no statement'],
    ['- `SC-WAIT-002` (must, since 1.0, profile core, OCI: "somewhere") It MUST.', 'is no place of the OCI'],
    ['- `SC-WAIT-002` (must, since 1.1, profile core) It MUST.', 'since 1.1, and this is version 1.0'],
    ['- `SC-WAIT-002` (must, since 1.0, profile other) It MUST.', 'profile "other" is not in the table'],
    ['- `SC-WAITING-001` (must, since 1.0, profile core) It MUST.', '"WAITING" is no prefix'],
    ['- `SC-WAIT-002` (must, since 1.0, profile core) It MUST', 'no full stop'],
    ['- `SC-WAIT-001` (must, since 1.0, profile core) It MUST.', 'SC-WAIT-001 is taken by specs/wait.md:5'],
    ['- `SC-WAIT-003` (must, since 1.0, profile core) It MUST.', 'there is no SC-WAIT-002'],
    ['- `SC-STOP-000` (must, since 1.0, profile core) It MUST.', 'numbers begin with 001'],
    ['- `SC-WAIT-002` (must, since 1.0, profile core) It waits.', 'no word of RFC 2119'],
    ['- `SC-WAIT-002` (must, since 1.0, profile core) It must.', 'no word of RFC 2119'],
    ['- `SC-WAIT-002` (should, since 1.0, profile core) It MUST.', 'its level is should'],
    ['- `SC-WAIT-002` (must, since 1.0, profile core) It MUST, and MAY too.', 'its level is must'],
    ['- `SC-WAIT-002` (must, since 1.0, profile core) It says `MUST`.', 'no word of RFC 2119'],
    ['It MUST wait.', 'a word of RFC 2119 outside of a statement'],
    ['It waits, see SC-WAIT-009.', 'there is no SC-WAIT-009'],
  ])('%s is refused', (line, problem) => {
    plant('specs/wait.md', `# wait\n\nIt waits.\n\n${first}\n${line}\n`);
    expect(problems()).toEqual([expect.stringMatching(/^specs\/wait\.md:6: /)]);
    expect(problems()[0]).toContain(problem);
  });

  test('all levels and forms are taken', () => {
    plant(
      'specs/wait.md',
      [
        first,
        '- `SC-WAIT-002` (must, since 0.9, profile core, OCI: "image-spec/layer.md: Whiteouts") It MUST NOT end.',
        '- `SC-WAIT-003` (should, since 1.0, profile core, OCI: "config.md#process: cwd") It SHOULD.',
        '- `SC-WAIT-004` (may, since 1.0, profile core) It MAY.',
        '- `SC-STOP-001` (must, since 1.0, profile core) `MAY` is a word, and this MUST be one.',
        '',
      ].join('\n'),
    );
    expect(problems()).toEqual([]);
  });

  test('IDs of one prefix stand in one file', () => {
    plant('specs/other.md', '- `SC-WAIT-002` (must, since 1.0, profile core) It MUST.\n');
    expect(problems()).toEqual(['specs/wait.md:5: IDs of WAIT stand in specs/other.md']);
  });

  test('an ID that is retired leaves no gap, and is not used again', () => {
    plant('specs/retired.yaml', 'SC-WAIT-001: 1.0, it said nothing\n');
    plant(
      'specs/wait.md',
      '- `SC-WAIT-002` (must, since 1.0, profile core) It MUST, unlike `SC-WAIT-001`.\n',
    );
    expect(problems()).toEqual([]);
    plant('specs/wait.md', `${first}\n`);
    expect(problems()).toEqual([
      'specs/wait.md:1: SC-WAIT-001 is retired (specs/retired.yaml), and never used again',
    ]);
  });

  test('the version is told', () => {
    plant('specs/README.md', '# Specification\n');
    expect(problems()).toEqual(['specs/README.md: no line "Version 1.0"']);
  });
});

describe('prose', () => {
  test.each([
    ['It waits. It answers.', 'a line has one sentence'],
    ['- It waits. It answers.', 'a line has one sentence'],
    ['It waits, and then', 'a sentence ends on its line'],
    ['See [stop](stop.md).', 'there is no specs/stop.md'],
    ['See [wait](#stop).', 'specs/wait.md has no heading "#stop"'],
    ['See [all](README.md#wait).', 'specs/README.md has no heading "#wait"'],
  ])('%s is refused', (line, problem) => {
    plant('specs/wait.md', `# wait\n\n${line}\n\n${first}\n`);
    expect(problems()).toEqual([`specs/wait.md:3: ${problem}`]);
  });

  test('what stands in blocks, code and tables is no prose', () => {
    const lines = ['```text', 'It MUST. It', '```', '', 'It is `A. MUST B`.', '', '| a. B | c |'];
    plant('specs/wait.md', `${lines.join('\n')}\n\n    indented. It\n\n${first}\n`);
    expect(problems()).toEqual([]);
  });

  test('a block is closed', () => {
    plant('specs/wait.md', `${first}\n\n\`\`\`text\n- x\n`);
    expect(problems()).toEqual(['specs/wait.md:3: the block is never closed']);
  });

  test('a block says its language', () => {
    plant('specs/wait.md', '```\nx\n```\n');
    expect(problems()).toEqual(['specs/wait.md:2: the block does not say what language it has']);
  });
});

describe('examples', () => {
  const job = 'apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: hello }\nimage: host\n';

  test('a container file is held to its schema, and to the checks beyond it', () => {
    plant('specs/wait.md', `\`\`\`yaml\n${job}process: { args: [ls] }\n\`\`\`\n`);
    expect(problems()).toEqual([]);
    plant('specs/wait.md', `\`\`\`yaml\n${job}process: { args: [ls] }\nlabel: {}\n\`\`\`\n`);
    expect(problems()).toEqual([expect.stringContaining('unknown key')]);
    plant('specs/wait.md', `\`\`\`yaml\n${job}process: { args: [ls] }\nenvironment: { A: no }\n\`\`\`\n`);
    expect(problems()).toEqual([expect.stringContaining('YAML 1.1')]);
  });

  test.each([
    ['<!-- schema: operations/wait.schema.json -->', '{ "containers": ["web"] }', undefined],
    [
      '<!-- schema: operations/wait.schema.json#/$defs/WaitRequest -->',
      '{ "containers": ["web"] }',
      undefined,
    ],
    ['<!-- schema: operations/wait.schema.json -->', '{ "container": "web" }', 'must NOT have additional'],
    ['<!-- schema: operations/wait.schema.json -->', '{ "containers": ', 'the example is no JSON'],
    ['<!-- schema: operations/weight.schema.json -->', '{}', 'there is no schema'],
    ['Such as:', '{}', 'no line before the example says its schema'],
  ])('below %s, %s', (line, text, problem) => {
    plant('specs/wait.md', `${line}\n\`\`\`json\n${text}\n\`\`\`\n`);
    const found = problems();
    if (problem === undefined) expect(found).toEqual([]);
    else expect(found.join('\n')).toContain(`specs/wait.md:3: `);
    expect(found.join('\n')).toContain(problem ?? '');
  });
});

describe('cases', () => {
  const hash = hashOf(sentence);
  const good = `id: wait/ends\nrequirements: [SC-WAIT-001]\nlevel: must\nsentences: { SC-WAIT-001: "${hash}" }\n`;
  const file = 'conformance/cases/wait/ends.yaml';

  test('a case that cites a sentence as it is has no problems', () => {
    plant(file, good);
    expect(problems()).toEqual([]);
  });

  test.each([
    ['[]', 'must', '{}', 'it has no requirements'],
    [
      '[SC-WAIT-001]',
      'must',
      '{}',
      `it has no hash of SC-WAIT-001: write sentences: { SC-WAIT-001: "${hash}" }`,
    ],
    ['[SC-WAIT-001]', 'must', '{ SC-WAIT-001: "0" }', 'SC-WAIT-001 has become another sentence'],
    [
      '[SC-WAIT-001]',
      'may',
      `{ SC-WAIT-001: "${hash}" }`,
      'its level is "may", and must that of what it checks',
    ],
    ['[SC-WAIT-001, SC-WAIT-009]', 'must', `{ SC-WAIT-001: "${hash}" }`, 'there is no SC-WAIT-009'],
    ['[SC-WAIT-001]', 'must', `{ SC-WAIT-001: "${hash}", SC-STOP-001: "0" }`, 'it has a hash of SC-STOP-001'],
  ])('requirements %s, level %s and sentences %s are refused', (requirements, level, sentences, problem) => {
    plant('conformance/cases/good.yaml', good.replace('wait/ends', 'good'));
    plant(file, `id: bad\nrequirements: ${requirements}\nlevel: ${level}\nsentences: ${sentences}\n`);
    expect(problems()).toEqual([expect.stringContaining(`${file}: ${problem}`)]);
  });

  test('a sentence of another level or with other words makes a case stale, and nothing else does', () => {
    plant(file, good);
    plant('specs/wait.md', `${first.replace('profile core', 'profile core, OCI: "runtime.md: State"')}\n`);
    expect(problems()).toEqual([]);
    plant('specs/wait.md', `${first.replace('The result', 'An answer')}\n`);
    expect(problems()).toEqual([expect.stringContaining('has become another sentence')]);
    expect(hashOf({ ...sentence, level: 'may' })).not.toBe(hash);
  });

  test('a case is known by its ID', () => {
    plant(file, good);
    plant('conformance/cases/again.yaml', good);
    expect(problems()).toEqual([`${file}: its id "wait/ends" is that of conformance/cases/again.yaml`]);
  });

  test('a retired sentence is cited by no case', () => {
    plant('specs/retired.yaml', 'SC-STOP-001: 1.0, it said nothing\n');
    plant('conformance/cases/good.yaml', good.replace('wait/ends', 'good'));
    plant(file, 'id: old\nrequirements: [SC-STOP-001]\nlevel: must\n');
    expect(problems()).toEqual([`${file}: SC-STOP-001 is retired`]);
  });

  test('no more musts of a runtime than the budget has are without a case or a reason, once there are cases', () => {
    const lines = [
      first,
      '- `SC-WAIT-002` (must, since 1.0, profile core) It MUST.',
      '- `SC-WAIT-003` (may, since 1.0, profile core) It MAY.',
      '- `SC-CNF-001` (must, since 1.0, profile suite) It MUST.',
    ];
    plant('specs/wait.md', `${lines.join('\n')}\n`);
    expect(problems()).toEqual([]);
    plant(file, good);
    expect(problems()).toEqual([
      'conformance/budget.yaml: 1 musts have no case, SC-WAIT-002 among them, and 0 are allowed',
    ]);
    plant('conformance/budget.yaml', 'mustsWithoutCase: 1\n');
    expect(problems()).toEqual([]);
    plant('conformance/budget.yaml', 'mustsWithoutCase: 0\n');
    plant('conformance/untested.yaml', 'SC-WAIT-002: takes a loss of power\n');
    expect(problems()).toEqual([]);
    plant('conformance/untested.yaml', 'SC-WAIT-001: x\nSC-WAIT-002: x\nSC-WAIT-009: x\n');
    expect(problems()).toEqual([
      'conformance/untested.yaml: SC-WAIT-001 has a case by now: take it out',
      'conformance/untested.yaml: there is no SC-WAIT-009',
    ]);
  });
});

function plant(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function problems(): string[] {
  return lintSpecs(root).map(problemWords);
}
