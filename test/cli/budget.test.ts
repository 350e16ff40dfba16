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
  return /\/dist\/(src\/[^/]+|[^/]+)/.exec(module)?.[1] ?? module;
}

/** What is in a room of which more is loaded than so many, each with who asked for it. */
function tooMany(
  rooms: Awaited<ReturnType<typeof loadedBy>>,
  most: { readonly [room: string]: number },
): string[] {
  return [...rooms].flatMap(([room, modules]) => {
    const bound = most[room] ?? 0;
    if (modules.length <= bound) return [];
    const short = (url = '') => url.replace(/.*\/dist\//, '');
    const each = modules.map(({ module, asker }) => `  ${short(module)}, for ${short(asker)}`);
    return [`${modules.length} of ${room}, at most ${bound}:`, ...each];
  });
}

// The numbers are those of the day on which somebody last looked. Who needs one more raises them here; where a command has
// nothing to do with it, `await import(...)` where it has keeps it from all others.
const start = { bin: 1, commands: 1, 'src/errors': 7, 'src/library': 2 };
const budgets: { words: string[]; most: { [room: string]: number } }[] = [
  { words: ['--version'], most: { bin: 1, 'src/cli': 7, 'src/errors': 6, 'src/linux': 2 } },
  {
    words: ['ps'],
    most: {
      ...{
        ...start,
        'src/cli': 18,
        'src/linux': 51,
        'src/operations': 12,
        'src/backend': 7,
        'src/schema': 4,
      },
      ...{ 'src/state': 23, 'src/storage': 17, 'src/volume': 1, 'src/logging': 4 },
    },
  },
  {
    words: ['run', '--rm', './rootfs', 'true'],
    most: {
      ...{
        ...start,
        'src/cli': 17,
        'src/linux': 94,
        'src/operations': 48,
        'src/backend': 112,
        'src/schema': 3,
      },
      ...{ 'src/state': 24, 'src/storage': 17, 'src/volume': 1, 'src/logging': 4, 'src/document': 32 },
      ...{ 'src/plan': 31, 'src/execute': 2, 'src/network': 6, 'src/identity': 3, 'src/image': 2 },
    },
  },
  {
    // As the file says it all is already.
    words: ['apply', 'two.yaml'],
    most: {
      ...{
        ...start,
        'src/cli': 21,
        'src/linux': 92,
        'src/operations': 26,
        'src/backend': 112,
        'src/schema': 5,
      },
      ...{ 'src/state': 24, 'src/storage': 17, 'src/volume': 1, 'src/logging': 4, 'src/document': 39 },
      ...{ 'src/plan': 31, 'src/execute': 3, 'src/network': 5, 'src/image': 2, yaml: 1 },
    },
  },
];

test.each(budgets)('sc $words loads no more than it needs', async ({ words, most }) => {
  expect(tooMany(await loadedBy(words), most)).toEqual([]);
});
