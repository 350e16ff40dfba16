import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWorkshop } from '../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../support/leak-check.ts';

const repository = dirname(dirname(import.meta.dirname));
/** npm and the compiler would leave a cache of their own in the system's directory. */
const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
let project: string;
let before: ReturnType<typeof snapshotHost>;

/** A project that has installed the package from its tarball, with the dependencies that are here. */
beforeAll(() => {
  before = snapshotHost();
  project = mkdtempSync(join(tmpdir(), 'sc-test-'));
  const modules = join(project, 'node_modules');
  mkdirSync(modules);
  const packed = execFileSync(
    'npm',
    ['pack', '--ignore-scripts', '--json', `--pack-destination=${project}`],
    { cwd: repository, env, encoding: 'utf8' },
  );
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  execFileSync('tar', ['-xzf', join(project, filename)], { cwd: project });
  execFileSync('mv', [join(project, 'package'), join(modules, 'standard-container')]);
  for (const name of readdirSync(join(repository, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(repository, 'node_modules', name), join(modules, name));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
});

afterAll(async () => {
  rmSync(project, { recursive: true });
  await expectNoLeaks(before);
});

function write(name: string, text: string): void {
  writeFileSync(join(project, name), text);
}

/** Executes a program of the project, and answers what it has printed. */
function node(...args: string[]): string {
  return execFileSync(process.execPath, args, { cwd: project, env, encoding: 'utf8' });
}

/** What the compiler has to say of files of the project. */
function typeFaults(files: string): string {
  const strict = { strict: true, allowJs: true, checkJs: true, skipLibCheck: false, noEmit: true };
  const compilerOptions = { ...strict, module: 'nodenext', target: 'es2024', types: ['node'] };
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: [files] }));
  const tsc = join(repository, 'node_modules/.bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', '.'], { cwd: project, env, encoding: 'utf8' });
  return stdout;
}

/** What a page of docs/api lists as functions and classes. */
function namesOnPage(page: string): string[] {
  const text = readFileSync(join(repository, `docs/api/${page}.md`), 'utf8');
  const [, values = ''] = /^## Functions and classes\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(text) ?? [];
  return [...values.matchAll(/^### (\w+)$/gm)].map(([, name = '']) => name).sort();
}

test.each(['', '/native', '/backend', '/storage'])(
  'standard-container%s exports what its page lists',
  (entry) => {
    write('exports.js', `console.log(Object.keys(await import('standard-container${entry}')).join(' '));`);
    const page = entry === '' ? 'standard-container' : entry.slice(1);
    expect(node('exports.js').trim().split(' ').sort()).toEqual(namesOnPage(page));
  },
);

test('nothing else can be imported', () => {
  write('inner.js', `import 'standard-container/dist/src/state/store.js';`);
  expect(() => node('inner.js')).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

test('a program in TypeScript is checked against its declarations, with no exception made for libraries', () => {
  write(
    'program.ts',
    `import { type Applied, apply, collectOutput, type ContainerState, defaultSettings, inspect, loadFile, processCaller, ScError } from 'standard-container';
     import { nativeBackend, prepareContainer } from 'standard-container/native';
     import { mergedDriver, registerStorageDriver } from 'standard-container/storage';

     const settings = defaultSettings({ root: '/nowhere' });
     export async function applied(file: string): Promise<Applied> {
       return apply({ file, set: {} }, settings, processCaller({ signals: process }));
     }
     export const state = (): Promise<ContainerState> => inspect({ container: 'web' }, settings);
     export const kinds = async () => (await loadFile('a', { environment: {}, set: {} })).map(({ value }) => value.kind);
     export async function launched(document: object): Promise<number | null> {
       const backend = nativeBackend({ root: '/nowhere' });
       const request = await prepareContainer(document, { root: '/nowhere' });
       const handle = await backend.launch({ ...request, stdio: { stdin: 0, stdout: 1, stderr: 2 } });
       return (await handle.wait()).code;
     }
     registerStorageDriver('mine', (store) => mergedDriver(store, {
       name: 'mine', check: () => undefined, makeEmpty: () => undefined, makeCopy: () => undefined, remove: async () => undefined,
     }));
     // @ts-expect-error: there is no such setting
     defaultSettings({ rot: '/' });
     export const text: Promise<Buffer> = collectOutput(async () => 1).then(({ stdout }) => stdout);
     export const code = (error: unknown): string => (error instanceof ScError ? error.code : 'none');`,
  );
  expect(typeFaults('program.ts')).toBe('');
});

test('the plugins of the examples are checked against its declarations', () => {
  cpSync(join(repository, 'examples/plugins'), join(project, 'plugins'), { recursive: true });
  expect(typeFaults('plugins/*/*.js')).toBe('');
});

test('the example program runs a container, and tells what it wrote and how it ended', () => {
  copyFileSync(join(repository, 'examples/library.js'), join(project, 'library.js'));
  expect(node('library.js', join(project, 'state'))).toBe(
    'hello from process 1 of inside\nit ended with code 3, by exit\n',
  );
});

test('the native engine launches a container in a directory, with no more than that', () => {
  const { rootfs, remove } = makeWorkshop();
  write(
    'engine.js',
    `import { nativeBackend, prepareContainer } from 'standard-container/native';
     const [, , root, image] = process.argv;
     const document = { apiVersion: 'standard-container/v1', kind: 'Job', image,
       process: { args: ['sh', '-c', 'echo $$ $HOSTNAME; exit 4'] }, network: { hostname: 'engine' } };
     const request = await prepareContainer(document, { root });
     const handle = await nativeBackend({ root }).launch({ ...request, stdio: { stdin: 0, stdout: 1, stderr: 2 } });
     console.log(JSON.stringify(await handle.wait()));`,
  );
  expect(node('engine.js', join(project, 'engine'), rootfs)).toBe('1 engine\n{"code":4,"cause":"exit"}\n');
  remove();
});
