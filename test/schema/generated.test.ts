import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generateAll } from '../../scripts/generate-schema.ts';

const root = join(import.meta.dirname, '../..');

test('types and validators are those that the schemas give', async () => {
  for (const [path, text] of await generateAll()) {
    const isCurrent = readFileSync(join(root, path), 'utf8') === text;
    expect(isCurrent, `${path} is not current: npm run generate`).toBe(true);
  }
});

test('a validator needs no other module at run time', async () => {
  for (const [path, text] of await generateAll()) {
    const imports = text.match(/^import .*$/gm) ?? [];
    expect(
      imports.filter((line) => !line.startsWith('import type ')),
      path,
    ).toEqual([]);
  }
});
