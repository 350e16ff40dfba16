import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Config } from '@oclif/core/config';
import type { FlagShape } from '../src/cli/arguments.ts';
import { bundle } from './snapshot/bundle.ts';
import { withoutCodeCache } from './snapshot/code-cache.ts';

/**
 * Writes snapshots of V8's heap in which commands of sc are loaded, into a directory named after the package that brings
 * the Node.js of this processor, and beside them the version that they fit: no other Node.js starts from them.
 */
const root = dirname(import.meta.dirname);
const at = (path: string) => join(root, path);
const directory = at(`dist/node-linux-${process.arch}`);

/** What makes containers and tells of them. */
const engine = [
  'src/cli/describe.ts',
  'src/backend/native/native.ts',
  'src/backend/native/features.ts',
  'src/storage/overlay/driver.ts',
];

/**
 * Each start pays for all that is loaded, so that bin/sc has three snapshots to choose from. What is loaded is the
 * commands themselves, and what they import when they have something to do; the others lie beside it as text.
 */
const snapshots = {
  run: {
    commands: ['run', 'exec', 'start', 'stop', 'kill', 'wait', 'delete'],
    modules: [
      'src/operations/run.ts',
      'src/operations/exec.ts',
      'src/operations/stop.ts',
      'src/operations/delete.ts',
      ...engine,
    ],
  },
  files: {
    commands: ['apply', 'plan', 'validate'],
    modules: [
      'src/operations/apply.ts',
      'src/operations/hands-of-both.ts',
      'src/operations/plan.ts',
      'src/document/parse-yaml.ts',
      'src/plan/explain.ts',
      ...engine,
    ],
  },
  others: {
    commands: ['ps', 'inspect'],
    modules: [
      'src/operations/list.ts',
      'src/schema/operations/validate-list.ts',
      'src/cli/describe-listing.ts',
      'src/storage/overlay/driver.ts',
    ],
  },
};

const { commands: known } = await Config.load(root);
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory);
for (const [name, loaded] of Object.entries(snapshots)) await build(name, loaded);
// Without it none is used: it is there when all are whole.
writeFileSync(join(directory, 'version'), `${process.versions.node}\n`);

async function build(name: string, loaded: { commands: string[]; modules: string[] }): Promise<void> {
  const chunks = join(directory, name);
  mkdirSync(chunks);
  for (const { fileName, code } of await bundle(root, entry(loaded)))
    writeFileSync(join(chunks, fileName), code);
  const blob = join(directory, `${name}.blob`);
  const flags = ['--disable-warning=ExperimentalWarning', '--snapshot-blob', blob, '--build-snapshot'];
  // In no environment, of which something could stay in it. What it says when all goes well is which modules of Node
  // nobody has tried in snapshots.
  execFileSync(process.execPath, [...flags, at('scripts/snapshot/builder.cjs'), chunks], {
    stdio: 'pipe',
    env: {},
  });
  writeFileSync(blob, withoutCodeCache(readFileSync(blob)));
}

function entry(loaded: { commands: string[]; modules: string[] }): string {
  const described = known.map(({ id, aliases, flags, args, usage }) => ({
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
  const isLoaded = (index: number) => loaded.commands.includes(ids[index] ?? '');
  const load = (file: string, index: number) =>
    isLoaded(index)
      ? `() => command${index}`
      : `async () => (await import(${JSON.stringify(at(file))})).default`;
  return [
    `import { beginSnapshot } from ${JSON.stringify(at('src/cli/snapshot.ts'))};`,
    ...files.flatMap((file, index) =>
      isLoaded(index) ? `import command${index} from ${JSON.stringify(at(file))};` : [],
    ),
    ...loaded.modules.map((file) => `import ${JSON.stringify(at(file))};`),
    `const commands = { ${files.map((file, index) => `${JSON.stringify(ids[index])}: ${load(file, index)}`).join(', ')} };`,
    `beginSnapshot({ known: ${JSON.stringify(described)}, commands });`,
  ].join('\n');
}

/** Of what oclif says of a command, what is asked before it runs: all of it is a large part of a snapshot. */
function eachOf<Description extends object>(
  described: { [name: string]: Description },
  shape: (description: Description) => object,
): object {
  return Object.fromEntries(Object.entries(described).map(([name, one]) => [name, shape(one)]));
}
