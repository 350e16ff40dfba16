import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Config } from '@oclif/core/config';
import type { FlagShape } from '../src/cli/arguments.ts';
import { bundle } from './snapshot/bundle.ts';

/**
 * Writes a snapshot of V8's heap in which the commands of sc are loaded, named after the package that brings the
 * Node.js of this processor, and beside it the version that it fits: no other Node.js starts from it.
 */
const root = dirname(import.meta.dirname);
const at = (path: string) => join(root, path);

/** Commands that are given most often. They are loaded, and the others as text: each start pays for what is loaded. */
const frequent = ['run', 'exec', 'ps', 'inspect', 'start', 'stop', 'kill', 'wait', 'delete'];

/** What a run, the most frequent of all, takes beside its command. */
const loaded = [
  'src/operations/run.ts',
  'src/cli/describe.ts',
  'src/backend/native/native.ts',
  'src/storage/overlay/driver.ts',
  'src/backend/native/features.ts',
  'src/operations/list.ts',
  'src/cli/describe-listing.ts',
];

const scratch = mkdtempSync(join(tmpdir(), 'sc-snapshot-'));
try {
  const chunks = await bundle(root, await entry());
  for (const { fileName, code } of chunks) writeFileSync(join(scratch, fileName), code);
  const snapshot = at(`dist/node-linux-${process.arch}`);
  const blob = `${snapshot}.new`;
  const flags = ['--disable-warning=ExperimentalWarning', '--snapshot-blob', blob, '--build-snapshot'];
  // In no environment, of which something could stay in it. What it says when all goes well is which modules of Node
  // nobody has tried in snapshots.
  execFileSync(process.execPath, [...flags, at('scripts/snapshot/builder.cjs'), scratch], {
    stdio: 'pipe',
    env: {},
  });
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
  // Plugins are modules that import those of sc, and nobody waits for the start of a suite.
  const rare = ['commands/plugin/*', 'commands/conformance/**'];
  const files = globSync('commands/**/*.ts', { cwd: root, exclude: rare }).sort();
  const ids = files.map((file) => file.slice('commands/'.length, -'.ts'.length).replaceAll('/', ':'));
  const isLoaded = (index: number) => frequent.includes(ids[index] ?? '');
  const load = (file: string, index: number) =>
    isLoaded(index)
      ? `() => command${index}`
      : `async () => (await import(${JSON.stringify(at(file))})).default`;
  return [
    `import { beginSnapshot } from ${JSON.stringify(at('src/cli/snapshot.ts'))};`,
    ...files.flatMap((file, index) =>
      isLoaded(index) ? `import command${index} from ${JSON.stringify(at(file))};` : [],
    ),
    ...loaded.map((file) => `import ${JSON.stringify(at(file))};`),
    `const commands = { ${files.map((file, index) => `${JSON.stringify(ids[index])}: ${load(file, index)}`).join(', ')} };`,
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
