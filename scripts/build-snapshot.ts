import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Config } from '@oclif/core/config';
import { rolldown } from 'rolldown';
import type { FlagShape } from '../src/cli/arguments.ts';

/**
 * Writes a snapshot of V8's heap in which the commands of sc are loaded, named after the package that brings the
 * Node.js of this processor, and beside it the version that it fits: no other Node.js starts from it.
 */
const root = dirname(import.meta.dirname);
const at = (path: string) => join(root, path);

/** What a run, the most frequent of all, takes beside its command. */
const loaded = [
  'src/operations/run.ts',
  'src/operations/run-detached.ts',
  'src/cli/describe.ts',
  'src/backend/native/native.ts',
  'src/storage/overlay/driver.ts',
];

/** Compiles all functions now: those that are compiled when they are first called would be so at every start. */
const eager = `
const { readFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { compileFunction } = require('node:vm');
setFlagsFromString('--no-lazy');
setFlagsFromString('--no-flush-bytecode');
const text = readFileSync(__dirname + '/sc.cjs', 'latin1');
compileFunction(text, ['exports', 'require', 'module'], { filename: 'sc.cjs' })({}, require, {});
setFlagsFromString('--flush-bytecode');
setFlagsFromString('--lazy');
`;

const scratch = mkdtempSync(join(tmpdir(), 'sc-snapshot-'));
try {
  await bundle(join(scratch, 'sc.cjs'), await entry());
  writeFileSync(join(scratch, 'eager.cjs'), eager);
  const snapshot = at(`dist/node-linux-${process.arch}`);
  const blob = `${snapshot}.new`;
  const flags = ['--disable-warning=ExperimentalWarning', '--snapshot-blob', blob, '--build-snapshot'];
  // In no environment, of which something could stay in it. What it says when all goes well is which modules of Node
  // nobody has tried in snapshots.
  execFileSync(process.execPath, [...flags, join(scratch, 'eager.cjs')], { stdio: 'pipe', env: {} });
  writeFileSync(`${snapshot}.version`, `${process.versions.node}\n`);
  renameSync(blob, `${snapshot}.blob`);
} finally {
  rmSync(scratch, { recursive: true });
}

async function entry(): Promise<string> {
  const { commands } = await Config.load(root);
  const known = commands.map(({ id, aliases, flags, args, usage }) => ({
    id,
    aliases,
    flags: eachOf(flags as { [name: string]: FlagShape }, ({ name, char, type, aliases, allowNo }) => ({
      name,
      char,
      type,
      aliases,
      allowNo,
    })),
    args: eachOf(args, ({ name, required, multiple }) => ({ name, required, multiple })),
    usage,
  }));
  // Plugins are modules that import those of sc.
  const files = globSync('commands/**/*.ts', { cwd: root, exclude: ['commands/plugin/*'] }).sort();
  const ids = files.map((file) => file.slice('commands/'.length, -'.ts'.length).replaceAll('/', ':'));
  return [
    `import { beginSnapshot } from ${JSON.stringify(at('src/cli/snapshot.ts'))};`,
    ...files.map((file, index) => `import command${index} from ${JSON.stringify(at(file))};`),
    ...loaded.map((file) => `import ${JSON.stringify(at(file))};`),
    `const commands = { ${ids.map((id, index) => `${JSON.stringify(id)}: command${index}`).join(', ')} };`,
    `beginSnapshot({ known: ${JSON.stringify(known)}, commands });`,
  ].join('\n');
}

/** Of what oclif says of a command, what is asked before it runs: all of it is a large part of a snapshot. */
function eachOf<Description extends object>(
  described: { [name: string]: Description },
  shape: (description: Description) => object,
): object {
  return Object.fromEntries(Object.entries(described).map(([name, one]) => [name, shape(one)]));
}

/** One file, as a snapshot wants it. */
async function bundle(file: string, text: string): Promise<void> {
  const name = 'sc-snapshot-entry';
  const build = await rolldown({
    input: name,
    cwd: root,
    platform: 'node',
    external: [/^node:/, 'typescript'],
    transform: { define: { 'import.meta.url': 'globalThis.scMain' } },
    plugins: [
      {
        name,
        resolveId: (id) => (id === name ? id : undefined),
        load: (id) => (id === name ? text : undefined),
      },
    ],
    logLevel: 'silent',
  });
  const { output } = await build.generate({ format: 'cjs', codeSplitting: false, minify: true });
  await build.close();
  // In a string with one character that Latin-1 does not have each takes two bytes.
  const code = output[0].code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  writeFileSync(file, code);
}
