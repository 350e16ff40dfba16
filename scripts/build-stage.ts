import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../src/backend/native/stage');

/** Builds the stage from its source and answers its bytes. */
export function buildStage(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'sc-stage-'));
  try {
    const output = join(directory, 'stage');
    execFileSync(join(folder, 'build.sh'), [output], { stdio: ['ignore', 'inherit', 'inherit'] });
    return readFileSync(output);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const lines =
    buildStage()
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  const module = `// Made from stage.c by \`npm run build:stage\`; not to be edited.\n\nexport const stageX64 =\n${text};\n`;
  writeFileSync(join(folder, 'bytes-x64.ts'), module);
}
