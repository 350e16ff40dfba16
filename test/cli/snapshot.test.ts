import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '../..');
const snapshots = `dist/node-linux-${process.arch}`;

describe('the launcher', () => {
  let directory: string;
  const at = (name: string) => join(directory, name);

  /** A package of which only what a snapshot needs is that of sc: the plain way says what it was given. */
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sc-launcher-'));
    for (const name of ['bin', 'dist/bin', snapshots, 'empty']) mkdirSync(at(name), { recursive: true });
    copyFileSync(join(repository, 'bin/sc'), at('bin/sc'));
    const parts = readdirSync(join(repository, snapshots)).map((name) => `${snapshots}/${name}`);
    for (const name of [...parts, 'package.json', 'node_modules'])
      symlinkSync(join(repository, name), at(name));
    writeFileSync(
      at('dist/bin/main.js'),
      `const { argv, execArgv: options, env } = process;
      process.stdout.write(JSON.stringify({ plain: argv.slice(2), options, tunables: env.GLIBC_TUNABLES }));`,
    );
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const sc = (argv: readonly string[], env: Record<string, string> = {}) =>
    execa(at('bin/sc'), argv, {
      cwd: at('empty'),
      env: { SC_ROOT: at('state'), DEBUG: undefined, ...env },
      stdin: 'ignore',
      reject: false,
    });

  test('starts commands from the snapshot, in the surroundings of their own process', async () => {
    expect(JSON.parse((await sc(['ps', '--json'])).stdout)).toEqual({ containers: [], broken: [] });
    writeFileSync(at('empty/one.yaml'), 'kind: Job');
    const { stderr, exitCode } = await sc(['validate', 'one.yaml']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('one.yaml:1:1');
    expect((await sc(['--root', 'relative', 'inspect', 'x'])).stderr).toMatch(/^sc: .*"x"/);
    expect((await sc(['nosuch'])).stderr).toMatch(/^sc: unknown command "nosuch"/);
    expect((await sc(['ps'], { SC_BACKEND: 'nosuch' })).stderr).toContain('unknown backend "nosuch"');
  });

  /** Of each snapshot a command that it has loaded, and of one what it reads from beside it. */
  test.each([
    { argv: ['wait', 'nosuch'], words: 'no container "nosuch"' },
    { argv: ['plan', 'nosuch.yaml'], words: '"nosuch.yaml": there is no such file' },
    { argv: ['volume', 'inspect', 'nosuch'], words: 'no volume "nosuch"' },
  ])('starts $argv from the snapshot that is for it', async ({ argv, words }) => {
    const { stderr } = await sc(argv);
    expect(stderr).toContain(words);
  });

  test('leaves to what is started after it what the user has set of glibc, and nothing of its own', async () => {
    const tunables = 'glibc.malloc.perturb=0';
    expect(JSON.parse((await sc(['ps', '--help'])).stdout)).not.toHaveProperty('tunables');
    expect(JSON.parse((await sc(['ps', '--help'], { GLIBC_TUNABLES: tunables })).stdout)).toMatchObject({
      tunables,
    });
  });

  test.each([
    { argv: ['--version'], env: {} },
    { argv: ['help'], env: {} },
    { argv: ['ps', '--help'], env: {} },
    { argv: ['ps'], env: { DEBUG: 'sc' } },
    { argv: ['ps'], env: { NODE_OPTIONS: '--no-deprecation' } },
  ])('goes the plain way with $argv and $env', async ({ argv, env }) => {
    const { stdout } = await sc(argv, env);
    expect(JSON.parse(stdout)).toEqual({ plain: argv, options: ['--disable-warning=ExperimentalWarning'] });
  });

  test.each(['26.0.0', ''])('takes no snapshot that was made with Node "%s"', async (version) => {
    rmSync(at(`${snapshots}/version`), { force: true });
    writeFileSync(at(`${snapshots}/version`), `${version}\n`);
    expect(JSON.parse((await sc(['ps'])).stdout)).toMatchObject({ plain: ['ps'] });
  });
});
