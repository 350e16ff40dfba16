import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { featuresOf } from '../src/backend/registry.ts';
import { parseDocuments } from '../src/document/load.ts';
import { refusedFields } from '../src/plan/honoured.ts';

const native = await featuresOf('native');
const root = dirname(import.meta.dirname);
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*.md'], { cwd: root }).toSorted();
const read = (file: string) => readFileSync(join(root, file), 'utf8');

describe.each(pages.filter((page) => read(page).includes('```yaml')))(
  'every container file in %s',
  (page) => {
    const blocks = [...read(page).matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);

    test.each(blocks.map((text) => [/name: (\w+)/.exec(text)?.[1] ?? '', text]))(
      'can be run: %s',
      (_, text) => {
        const documents = parseDocuments(text, page, { environment: {}, set: {} });
        expect(documents.flatMap(({ value }) => refusedFields(value, native))).toEqual([]);
      },
    );
  },
);

test.each(pages)('every link in %s leads to a file', (page) => {
  const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
  const missing = targets.filter((target) => globSync(join(root, dirname(page), target)).length === 0);
  expect(missing).toEqual([]);
});
