import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { markOf, sourceOf } from '../../../src/operations/image/document-source.ts';
import type { Image } from '../../../src/schema/container-file.ts';

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  writeFileSync(join(directory, 'old.tar'), 'old');
  writeFileSync(join(directory, 'index.json'), '{"manifests":[]}');
  // A file tells by its times what it holds only when they have become old.
  await setTimeout(2_100);
});
afterAll(() => rmSync(directory, { recursive: true }));

const mark = (source: Image['source'], more: Partial<Image> = {}) => {
  const document = { apiVersion: 'standard-container/v1', kind: 'Image', metadata: { name: 'web' } } as const;
  const found = sourceOf({ ...document, ...more, source }, directory);
  return found === undefined ? 'none' : markOf(found);
};

test('a mark is that of the file and of all that is said of it', () => {
  const marks = [
    mark({ archive: './old.tar' }),
    mark({ archive: './old.tar', reference: '1.0' }),
    mark({ archive: './old.tar' }, { platform: 'linux/s390x' }),
    mark({ archive: './old.tar' }, { labels: { a: 'b' } }),
    mark({ archive: './old.tar' }, { labels: { a: 'c' } }),
    mark({ import: './old.tar' }),
    mark({ import: './old.tar', changes: ['CMD web'] }),
    mark({ import: './old.tar', message: 'CMD web' }),
    mark({ oci: '.' }),
  ];
  expect(new Set(marks).size).toBe(marks.length);
  expect(marks.every((text) => text?.startsWith('sha256:'))).toBe(true);
  expect(mark({ archive: './old.tar', reference: '1.0' })).toBe(
    mark({ reference: '1.0', archive: join(directory, 'old.tar') }),
  );
});

test('a file that was just written has none, nor has a directory of files, nor what is not there', () => {
  writeFileSync(join(directory, 'new.tar'), 'new');
  expect(mark({ archive: './new.tar' })).toBeUndefined();
  expect(mark({ import: '.' })).toBeUndefined();
  expect(mark({ archive: './nowhere.tar' })).toBeUndefined();
  expect(mark({ oci: './nowhere' })).toBeUndefined();
});

test('it is another when the file is, or the index of the layout', async () => {
  const before = [mark({ archive: './old.tar' }), mark({ oci: '.' })];
  writeFileSync(join(directory, 'old.tar'), 'new');
  writeFileSync(join(directory, 'index.json'), '{"manifests": []}');
  expect(mark({ archive: './old.tar' })).toBeUndefined();
  expect(mark({ oci: '.' })).not.toBe(before[1]);
  await setTimeout(2_100);
  expect(mark({ archive: './old.tar' })).not.toBe(before[0]);
});

test('what nobody here can honour has no source', () => {
  expect(mark({ pull: 'debian' })).toBe('none');
});
