import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const sources = join(import.meta.dirname, '../src');

/** Programs without libc that are shipped as bytes: the name of each and its source. */
const programs = { stage: 'backend/native/stage/stage.c', probe: 'scorecard/probe/probe.c' } as const;

type Processor = 'x64' | 'arm64';

/** Builds the stage for a processor from its source and answers its bytes. */
export function buildStage(processor: Processor): Buffer {
  return build('stage', processor);
}

/** Builds the probe likewise. */
export function buildProbe(processor: Processor): Buffer {
  return build('probe', processor);
}

function build(name: keyof typeof programs, processor: Processor): Buffer {
  const directory = mkdtempSync(join(tmpdir(), `sc-${name}-`));
  try {
    const output = join(directory, name);
    const script = join(sources, 'backend/native/stage/build.sh');
    execFileSync(script, [processor, output, join(sources, programs[name])], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return readFileSync(output);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function writeModule(name: keyof typeof programs, processor: Processor): void {
  const lines =
    build(name, processor)
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  const constant = `${name}${processor[0]?.toUpperCase()}${processor.slice(1)}`;
  const module = `// Made from ${name}.c by \`npm run build:stage\`; not to be edited.\n\nexport const ${constant} =\n${text};\n`;
  writeFileSync(join(sources, dirname(programs[name]), `bytes-${processor}.ts`), module);
}

if (process.argv[1] === import.meta.filename) {
  for (const name of ['stage', 'probe'] as const) {
    writeModule(name, 'x64');
    writeModule(name, 'arm64');
  }
}
