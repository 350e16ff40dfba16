import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { job, makeCommandLine } from '../support/command-line.ts';

const built = join(import.meta.dirname, '../../dist');
const preloaded = pathToFileURL(join(import.meta.dirname, '../support/tell-modules.ts')).href;

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  const containers = ['one', 'two'].map((name) => job(name, ['sleep', '1000']));
  cli.write('two.yaml', containers.join('---\n').replaceAll('kind: Job', 'kind: Container'));
  expect((await cli.sc('apply', 'two.yaml')).stderr).toContain('2 created');
});
afterAll(async () => {
  await cli.deleteAll();
  await cli.remove();
});

/** The modules of sc that a command loads and evaluates, by their room. */
async function loadedBy(words: readonly string[]) {
  const options = {
    ...cli.options,
    env: { ...cli.options.env, SC_TELL_MODULES: join(cli.directory, 'told') },
  };
  const node = ['--import', preloaded, '--disable-warning=ExperimentalWarning', join(built, 'bin/main.js')];
  const { exitCode, stderr } = await execa(process.execPath, [...node, ...words], options);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const modules = cli
    .read('told')
    .split('\n')
    .map((line): { module: string; asker?: string } => JSON.parse(line));
  const rooms = Map.groupBy(modules, ({ module }) => roomOf(module));
  // Of a package that is there it does not matter how many modules it is.
  const [first] = rooms.get('yaml') ?? [];
  if (first !== undefined) rooms.set('yaml', [first]);
  rooms.delete('others');
  return rooms;
}

/** Of the packages only one is of interest: oclif brings many, and what starts from a snapshot does without. */
function roomOf(module: string): string {
  if (module.includes('/node_modules/yaml/')) return 'yaml';
  if (!module.startsWith(`${pathToFileURL(built).href}/`)) return 'others';
  return /\/dist\/(?:src\/)?([^/]+)/.exec(module)?.[1] ?? module;
}

/** So many more than there were are no failure, so that a module can be parted in two; a room more is one at once. */
const SPARE = 3;

/** What is in a room of which more is loaded than so many, each with who asked for it. */
function tooMany(
  rooms: Awaited<ReturnType<typeof loadedBy>>,
  known: { readonly [room: string]: number },
): string[] {
  const more = [...rooms].filter(([room, modules]) => modules.length > (known[room] ?? 0));
  const count = more.reduce((sum, [room, modules]) => sum + modules.length - (known[room] ?? 0), 0);
  if (count <= SPARE && more.every(([room]) => Object.hasOwn(known, room))) return [];
  return more.flatMap(([room, modules]) => {
    const short = (url = '') => url.replace(/.*\/dist\//, '');
    const each = modules.map(({ module, asker }) => `  ${short(module)}, for ${short(asker)}`);
    return [`${modules.length} of ${room}, where ${known[room] ?? 0} were:`, ...each];
  });
}

// The numbers are those of the day on which somebody last looked. Where a command has nothing to do with what is told as
// too much, `await import(...)` where it has keeps it from all others.
const start = { bin: 1, commands: 1, errors: 7, library: 2 };
const records = { storage: 17, volume: 1, logging: 4 };
const plans = { state: 25, plan: 32, backend: 113, image: 2 };
const budgets: { words: string[]; known: { [room: string]: number } }[] = [
  { words: ['--version'], known: { bin: 1, cli: 7, errors: 6, linux: 2 } },
  {
    words: ['ps'],
    known: { ...start, ...records, state: 24, cli: 18, linux: 52, operations: 13, backend: 7, schema: 4 },
  },
  {
    words: ['run', '--rm', './rootfs', 'true'],
    known: {
      ...{ ...start, ...records, ...plans, cli: 17, linux: 95, operations: 53, document: 36, schema: 3 },
      ...{ execute: 2, network: 6, identity: 3 },
    },
  },
  {
    // All is as the file says already.
    words: ['apply', 'two.yaml'],
    known: {
      ...{ ...start, ...records, ...plans, cli: 22, linux: 93, operations: 29, document: 43, schema: 4 },
      ...{ execute: 3, network: 3, yaml: 1 },
    },
  },
];

test.each(budgets)('sc $words loads no more than it needs', async ({ words, known }) => {
  expect(tooMany(await loadedBy(words), known)).toEqual([]);
});
