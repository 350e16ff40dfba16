import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDocuments } from '../../../src/document/load.ts';
import { processCaller } from '../../../src/library/process-caller.ts';
import { importCompose } from '../../../src/operations/import-compose.ts';

const fixtures = globSync(join(import.meta.dirname, 'fixtures/*/compose.yaml'))
  .map(dirname)
  .sort();

test('there are files of several shapes', () => {
  expect(fixtures.length).toBeGreaterThanOrEqual(5);
});

test.each(fixtures.map((directory) => [basename(directory), directory]))(
  'the compose file of "%s" becomes the container file beside it, which is valid',
  async (_, directory) => {
    const caller = processCaller({ workingDirectory: directory, environment: {} });
    const { text, documents } = await importCompose({ file: 'compose.yaml' }, caller);
    expect(text).toBe(readFileSync(join(directory, 'container.yaml'), 'utf8'));
    const read = parseDocuments(text, 'container.yaml', { environment: {}, set: { DB_PASSWORD: 'secret' } });
    expect(read.map(({ value }) => ({ kind: value.kind, name: value.metadata.name }))).toEqual(documents);
  },
);
