import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { generateApi } from '../scripts/generate-api.ts';

const root = dirname(import.meta.dirname);

test('the pages of the library are those that the source gives, and no others', { timeout: 120_000 }, () => {
  const pages = generateApi();
  for (const [path, text] of pages) {
    const isCurrent = readFileSync(join(root, path), 'utf8') === text;
    expect(isCurrent, `${path} is not current: npm run generate`).toBe(true);
  }
  expect(globSync('docs/api/*.md', { cwd: root }).sort()).toEqual([...pages.keys()].sort());
});
