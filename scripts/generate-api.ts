import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { declarationOf, typesIn } from './api/declaration.ts';
import { type Entry, exportsOf, type Item } from './api/entry.ts';
import { pageOf } from './api/page.ts';

const root = join(import.meta.dirname, '..');

/** The entry points of the package, each with the name by which it is imported. */
const entries: Readonly<Record<string, string>> = {
  'src/library/index.ts': 'standard-container',
  'src/library/native.ts': 'standard-container/native',
  'src/library/backend.ts': 'standard-container/backend',
  'src/library/storage.ts': 'standard-container/storage',
};

/** Every page of docs/api: its path from the top of the repository, and its text. Throws for all that says nothing. */
export function generateApi(): Map<string, string> {
  const declarations = mkdtempSync(join(tmpdir(), 'sc-api-'));
  try {
    emitDeclarations(declarations);
    const read = Object.entries(entries).map(([file, name]) => ({
      name,
      entry: entryOf(file, declarations),
    }));
    refuseFaults(read.flatMap(({ entry }) => entry.items));
    return new Map(read.map(({ name, entry }) => [`docs/api/${basename(name)}.md`, pageOf(name, entry)]));
  } finally {
    rmSync(declarations, { recursive: true });
  }
}

/** Whatever is public says what it is, and takes and answers nothing that is not. */
function refuseFaults(items: readonly Item[]): void {
  const names = new Set(items.map(({ local }) => local));
  const faults = items.flatMap(({ name, source, schema, text, types }) => [
    ...(text === '' ? [`"${name}" of ${source} has no comment`] : []),
    ...(schema === undefined ? types : [])
      .filter((type) => !names.has(type))
      .map((type) => `"${type}" of "${name}" of ${source} is not exported beside it`),
  ]);
  if (faults.length > 0) throw new Error(`of what src/library exports,\n${faults.join('\n')}`);
}

/** What the compiler writes for who imports the package: every type spelled out, and no bodies. */
function emitDeclarations(directory: string): void {
  const tsc = join(root, 'node_modules/.bin/tsc');
  const options = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--noCheck', '--outDir', directory];
  execFileSync(process.execPath, [tsc, ...options], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

function entryOf(file: string, declarations: string): Entry {
  const { text, exports } = exportsOf(readFileSync(join(root, file), 'utf8'));
  return {
    text,
    items: exports.map(({ name, local, from }) => {
      const source = relative(root, join(root, dirname(file), from));
      const emitted = readFileSync(join(declarations, source.replace(/\.ts$/, '.d.ts')), 'utf8');
      const found = declarationOf(emitted, local);
      if (found === undefined) throw new Error(`${file}: "${local}" is not declared in ${source}`);
      return {
        name,
        local,
        source,
        schema: schemaOf(source),
        types: typesIn(emitted, found.declaration),
        ...found,
      };
    }),
  };
}

/** The schema that a generated file is made from. */
function schemaOf(source: string): string | undefined {
  const [, schema] = /^\/\/ Generated from (\S+) /.exec(readFileSync(join(root, source), 'utf8')) ?? [];
  return schema;
}

if (import.meta.main) {
  const pages = generateApi();
  for (const stale of globSync('docs/api/*.md', { cwd: root }))
    if (!pages.has(stale)) rmSync(join(root, stale));
  for (const [path, text] of pages) writeFileSync(join(root, path), text);
}
