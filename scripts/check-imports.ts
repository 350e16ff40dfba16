import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type IForbiddenRuleType } from 'dependency-cruiser';

const repository = dirname(import.meta.dirname);

/**
 * Whom each room of src/ may import beside itself: a room, or one file of it. What is not written here
 * is refused, so that a new arrow is a decision. ARCHITECTURE.md draws the same.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  schema: ['errors'],
  linux: ['errors', 'schema'],
  document: ['errors', 'schema', ...namesOfTheKernel()],
  explain: ['errors', 'schema', 'document/expectation.ts'],
  exchange: ['errors', 'schema', 'document', ...namesOfTheKernel()],
  plan: ['errors', 'schema', 'document', ...namesOfTheKernel()],
  network: ['errors', 'schema', 'linux'],
  identity: ['errors', 'schema', 'linux', 'backend/backend.ts'],
  storage: ['errors', 'schema', 'linux', 'image/layer/place.ts'],
  image: ['errors', 'schema', 'linux'],
  state: ['errors', 'schema', 'linux'],
  volume: ['errors', 'schema', 'linux', 'state/root.ts'],
  logging: ['errors', 'schema', 'linux'],
  backend: ['errors', 'schema', 'linux', 'storage/driver.ts', 'logging/layout.ts', 'execute/undo.ts'],
  plugin: ['errors', 'schema', 'linux'],
  execute: ['errors', 'schema', 'plan'],
  scorecard: ['errors', 'schema', 'linux'],
  protocol: ['errors', 'schema', 'linux', 'state/root.ts'],
  operations: [
    ...['errors', 'schema', 'document', 'explain', 'exchange', 'plan', 'execute'],
    ...[
      'linux',
      'identity',
      'network',
      'storage',
      'image',
      'state',
      'volume',
      'logging',
      'backend',
      'plugin',
      'scorecard',
      'protocol',
    ],
  ],
  monitor: ['errors', 'schema', 'linux', 'backend/backend.ts', 'network', 'state', 'protocol', 'operations'],
  library: [
    ...['errors', 'schema', 'document', 'plan', 'linux', 'storage', 'state', 'backend', 'operations'],
    'image/layer/place.ts',
  ],
  conformance: ['errors', 'schema', 'document/units.ts', 'linux', 'protocol', 'library', 'scorecard'],
  cli: [
    'errors',
    'schema',
    'document/expectation.ts',
    'operations',
    'linux',
    'monitor',
    'conformance',
    'library/process-caller.ts',
    'library/settings.ts',
  ],
};

/** Pure parts of linux/: they name what the kernel has and call nothing, so that reading a file may use them. */
function namesOfTheKernel(): string[] {
  return ['capabilities', 'ip-address', 'masks', 'rlimits', 'signals', 'sysctls'].map(
    (name) => `linux/${name}.ts`,
  );
}

/** Folders beside src/ that no other folder may import from, with those who may. */
const outside: Readonly<Record<string, readonly string[]>> = {
  bin: [],
  commands: [],
  scripts: ['test'],
  bench: ['test'],
  test: [],
};

const published = '^(bin|src|commands)/';

const rules: IForbiddenRuleType[] = [
  { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
  { name: 'resolvable', severity: 'error', from: { path: published }, to: { couldNotResolve: true } },
  {
    name: 'package-is-a-dependency',
    severity: 'error',
    from: { path: published },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'room-is-in-the-table',
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/${anyOf(Object.keys(rooms))}/` },
    to: {},
  },
  ...Object.entries(rooms).map(
    ([room, allowed]): IForbiddenRuleType => ({
      name: `arrows-of-${room}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/${anyOf([room, ...allowed].map(wholeName))}` },
    }),
  ),
  ...Object.entries(outside).map(
    ([folder, allowed]): IForbiddenRuleType => ({
      name: `nobody-imports-${folder}`,
      severity: 'error',
      from: { pathNot: `^${anyOf([folder, ...allowed])}/` },
      to: { path: `^${folder}/` },
    }),
  ),
  {
    name: 'commands-stand-alone',
    severity: 'error',
    from: { path: '^commands/' },
    to: { path: '^commands/' },
  },
];

/**
 * Looks for cycles and for arrows that run back among the TypeScript files below `root`. Answers the
 * report in words and whether it is clean. An import of a type is an arrow like any other.
 */
export async function checkImports(root: string): Promise<{ clean: boolean; report: string }> {
  const twin = mkdtempSync(join(tmpdir(), 'sc-imports-'));
  try {
    const files = makeTwin(root, twin);
    const { output, exitCode } = await cruise(
      files,
      {
        baseDir: twin,
        ruleSet: { forbidden: rules },
        validate: true,
        outputType: 'err',
        doNotFollow: 'node_modules',
      },
      {
        extensions: ['.ts', '.js'],
        exportsFields: ['exports'],
        conditionNames: ['node', 'import', 'default'],
      },
    );
    return { clean: exitCode === 0, report: String(output).trim() };
  } finally {
    rmSync(twin, { recursive: true });
  }
}

/**
 * dependency-cruiser reads TypeScript through the compiler's JavaScript interface, which ended with
 * TypeScript 6. So it is given the same files without types, in which an import of a type has become an
 * ordinary one.
 */
function makeTwin(root: string, twin: string): string[] {
  const files = globSync(`${anyBraced(['src', ...Object.keys(outside)])}/**/*.ts`, { cwd: root });
  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8');
    const imports = source.replace(/^(?:import type (?=[\w*{])|export type (?=[*{]))/gm, (words) =>
      words.replace('type ', ''),
    );
    mkdirSync(dirname(join(twin, file)), { recursive: true });
    writeFileSync(join(twin, file), stripTypeScriptTypes(imports));
  }
  for (const name of ['package.json', 'node_modules']) symlinkSync(join(repository, name), join(twin, name));
  return files;
}

function anyOf(names: readonly string[]): string {
  return `(${names.join('|')})`;
}

function anyBraced(names: readonly string[]): string {
  return `{${names.join(',')}}`;
}

/** `linux` is the room and all below it, `linux/masks.ts` the one file. */
function wholeName(name: string): string {
  return name.endsWith('.ts') ? `${name.replaceAll('.', '\\.')}$` : `${name}/`;
}

if (import.meta.main) {
  const { clean, report } = await checkImports(repository);
  console.log(report);
  process.exitCode = clean ? 0 : 1;
}
