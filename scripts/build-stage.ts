import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../src/backend/native/stage');

/** Builds the stage for a processor from its source and answers its bytes. */
export function buildStage(processor: 'x64' | 'arm64'): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'sc-stage-'));
  try {
    const output = join(directory, 'stage');
    execFileSync(join(folder, 'build.sh'), [processor, output], { stdio: ['ignore', 'inherit', 'inherit'] });
    return readFileSync(output);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function writeModule(processor: 'x64' | 'arm64', name: string): void {
  const lines =
    buildStage(processor)
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  const module = `// Made from stage.c by \`npm run build:stage\`; not to be edited.\n\nexport const ${name} =\n${text};\n`;
  writeFileSync(join(folder, `bytes-${processor}.ts`), module);
}

if (process.argv[1] === import.meta.filename) {
  writeModule('x64', 'stageX64');
  writeModule('arm64', 'stageArm64');
}
