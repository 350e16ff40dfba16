import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Beginning } from '../../src/operations/beginning.ts';
import { type EndFacts, foundInstead } from '../../src/operations/expected.ts';

const heard = (text: string, room = 1000) => {
  const beginning = new Beginning(room);
  beginning.add(Buffer.from(text));
  return beginning;
};

const facts = (more: Partial<EndFacts> = {}): EndFacts => ({
  exit: { code: 0, cause: 'exit' },
  milliseconds: 1500,
  heard: { stdout: heard('hello\nworld\n'), stderr: heard('') },
  missing: new Map([['/b', 'there is no "/b"']]),
  changes: ['A /a', 'C /etc', 'D /etc/passwd'],
  ...more,
});

const found = (key: string, wanted: unknown, more?: Partial<EndFacts>) =>
  foundInstead({ path: `expect.${key}`, wanted }, facts(more));

test.each([
  ['exitCode', 0],
  ['stdout.equals', 'hello\nworld\n'],
  ['stdout.contains', 'lo\nwo'],
  ['stdout.matches', '^world$'],
  ['stderr.equals', ''],
  ['files[0]', '/a'],
  ['diff.equals', ['D /etc/passwd', 'A /a', 'C /etc']],
  ['diff.contains', ['C /etc']],
  ['diff.lacks', ['A /etc']],
  ['time', '1.5s'],
])('%s holds', (key, wanted) => {
  expect(found(key, wanted)).toBeUndefined();
});

test.each([
  ['exitCode', 3, 'found 0, expected 3'],
  ['stdout.equals', 'hello', 'found "hello\\nworld\\n", expected "hello"'],
  ['stdout.contains', 'bye', 'found "hello\\nworld\\n", expected "bye" in it'],
  ['stderr.matches', '^e', 'found "", expected what fits /^e/'],
  ['files[1]', '/b', 'there is no "/b"'],
  ['diff.equals', ['A /a'], 'found A /a, C /etc, D /etc/passwd, expected A /a and no more'],
  ['diff.equals', [], 'found A /a, C /etc, D /etc/passwd, expected nothing and no more'],
  ['diff.contains', ['A /a', 'A /c'], 'found A /a, C /etc, D /etc/passwd, expected A /c'],
  ['diff.lacks', ['A /a', 'A /c'], 'found A /a, expected no such change'],
  ['time', '1s', 'took 1500ms, expected 1s at most'],
])('%s of %j does not hold: what was found is told', (key, wanted, words) => {
  expect(found(key, wanted)).toBe(words);
});

test('how it was killed stands beside a code that was not expected', () => {
  expect(found('exitCode', 0, { exit: { code: 137, cause: 'oom' } })).toBe('found 137, oom, expected 0');
});

test('of a step the path begins with that', () => {
  expect(foundInstead({ path: 'steps[0].run.expect.exitCode', wanted: 1 }, facts())).toBeDefined();
});

test('of a text that is too long only the beginning is looked at, which is told and equals nothing', () => {
  const cut = { heard: { stdout: heard('x'.repeat(20), 10) } };
  expect(found('stdout.contains', 'xxx', cut)).toBeUndefined();
  expect(found('stdout.equals', 'x'.repeat(10), cut)).toMatch(/of which only the beginning is looked at/);
});

test('changes are expected in any order', () => {
  const change = fc
    .tuple(fc.constantFrom('A', 'C', 'D'), fc.string())
    .map(([kind, name]) => `${kind} /${name}`);
  const shuffled = fc
    .uniqueArray(change)
    .chain((changes) =>
      fc.tuple(fc.constant(changes), fc.shuffledSubarray(changes, { minLength: changes.length })),
    );
  fc.assert(
    fc.property(shuffled, ([changes, wanted]) => {
      expect(found('diff.equals', wanted, { changes })).toBeUndefined();
      expect(found('diff.contains', wanted, { changes })).toBeUndefined();
    }),
  );
});
