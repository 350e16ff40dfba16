import { expect, test } from 'vitest';
import { describeSummary, doneWords } from '../../src/cli/apply-words.ts';
import type { AppliedDocument } from '../../src/schema/answer.ts';

const web: AppliedDocument = { kind: 'Container', name: 'web', change: 'replace', outcome: 'done' };

test('a document that is done is a line, unless it was so already; what is not done is told elsewhere', () => {
  expect(doneWords({ ...web, milliseconds: 1260 })).toBe('sc: Container "web" replaced in 1.3s');
  expect(doneWords({ ...web, change: 'none' })).toBeUndefined();
  expect(doneWords({ ...web, outcome: 'skipped' })).toBeUndefined();
});

test('a summary counts what has become of the documents, and what has failed by that', () => {
  const documents: AppliedDocument[] = [
    web,
    { ...web, name: 'db', change: 'none' },
    { ...web, name: 'bad', outcome: 'failed' },
    { ...web, name: 'after', outcome: 'skipped' },
    { ...web, name: 'new', change: 'create' },
    { ...web, name: 'other', change: 'create' },
  ];
  expect(describeSummary({ documents })).toBe('2 created, 1 replaced, 1 failed, 1 skipped, 1 unchanged');
});
