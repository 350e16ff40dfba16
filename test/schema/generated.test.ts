import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backendsPage, backendsPageText } from '../../scripts/backends-page.ts';
import { generateAll } from '../../scripts/generate-schema.ts';
import { editorSchema } from '../../scripts/schema/editor-schema.ts';

const root = join(import.meta.dirname, '../..');
const generated = await generateAll();

test('types and validators are those that the schemas give, and no others', () => {
  for (const [path, text] of generated) {
    const isCurrent = readFileSync(join(root, path), 'utf8') === text;
    expect(isCurrent, `${path} is not current: npm run generate`).toBe(true);
  }
  const written = ['src/schema/validator.ts'];
  const files = globSync('src/schema/**/*.ts', { cwd: root });
  const modules = [...generated.keys()].filter((path) => path !== editorSchema);
  expect(files.sort()).toEqual([...modules, ...written].sort());
});

test('the page about backends has the tables that their features give', async () => {
  const isCurrent = readFileSync(join(root, backendsPage), 'utf8') === (await backendsPageText(root));
  expect(isCurrent, `${backendsPage} is not current: npm run generate`).toBe(true);
});

test('a validator needs no other module at run time but validators', () => {
  for (const [path, text] of generated) {
    if (path === editorSchema) continue;
    const imports = text.match(/^import (?!type ).*$/gm) ?? [];
    for (const line of imports)
      expect(line, path).toMatch(/ from '\.\.?\/(?:[\w/]+\/)?validate-[\w-]+\.ts';$/);
  }
});
