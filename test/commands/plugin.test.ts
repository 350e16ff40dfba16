import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { FeaturesResult } from '../../src/schema/operations/features.ts';
import type { PluginResult } from '../../src/schema/operations/plugin-many.ts';
import { eventually, job, makeCommandLine } from '../support/command-line.ts';
import { installPlugin } from '../support/plugins.ts';

let line: ReturnType<typeof makeCommandLine>;
let plugin: string;

beforeEach(() => {
  line = makeCommandLine();
  plugin = installPlugin('chroot', join(line.directory, 'modules/sc-backend-chroot'));
});

afterEach(async () => {
  await line.sc('delete', '--all', '--force');
  await line.remove();
});

/** What the backend of the plugin does not do is said not to be wanted. */
const wanted = ['--backend', 'chroot', '--security-opt', 'seccomp=unconfined', '--pids-limit', '-1'];
const run = (...args: string[]) => line.sc('run', ...wanted, ...args);

/** Writes a file of a plugin. */
function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe('a backend of a plugin', () => {
  beforeEach(async () => {
    expect(await line.sc('plugin', 'add', plugin)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('runs a program in a directory, and passes its output and code on', async () => {
    const script = 'echo $$ $(hostname) $GREETING; id -u; ls /; cat; exit 3';
    const flags = ['--rm', '-i', '--hostname', 'inside', '-e', 'GREETING=hello'];
    const { stdout, stderr, exitCode } = await execa(
      line.executable,
      ['run', ...wanted, ...flags, './rootfs', 'sh', '-c', script],
      { ...line.options, stdin: 'pipe', input: 'typed' },
    );
    expect([stdout.split('\n'), stderr, exitCode]).toEqual([
      ['1 inside hello', '0', 'bin', 'etc', 'root', 'tmp', 'typed'],
      '',
      3,
    ]);
    expect((await run('--rm', './rootfs', 'nosuch')).exitCode).toBe(127);
  });

  test('a container of it is kept, listed and told of as any other', async () => {
    const killed = await line.json<never>(
      'run',
      ...wanted,
      '--name',
      'one',
      '--json',
      './rootfs',
      'sh',
      '-c',
      'touch /made',
    );
    expect(killed).toMatchObject({ name: 'one', exit: { code: 0 } });
    const state = await line.json<ContainerState>('inspect', '--json', 'one');
    expect(state).toMatchObject({ backend: 'chroot', status: 'stopped' });
    expect((await line.sc('diff', 'one')).stdout).toBe('A /made\n');
  });

  test('is stopped by another sc', async () => {
    const script = 'trap "exit 7" TERM; echo ready; while true; do sleep 0.1; done';
    const args = ['run', ...wanted, '--name', 'one', './rootfs', 'sh', '-c', script];
    const running = execa(line.executable, args, line.options);
    await once(running.stdout, 'data');
    expect((await line.sc('stop', 'one')).exitCode).toBe(0);
    expect((await running).exitCode).toBe(7);
  });

  test('ends with sc, whatever ends that', async () => {
    const running = execa(
      line.executable,
      ['run', ...wanted, '--name', 'one', './rootfs', 'sleep', '1000'],
      line.options,
    );
    const { init } = await eventually(async () => {
      const shown = await line.sc('inspect', '--json', 'one');
      const state = shown.exitCode === 0 ? (JSON.parse(shown.stdout) as ContainerState) : undefined;
      return state?.init === undefined ? undefined : state;
    });
    running.kill('SIGKILL');
    await running;
    expect(init?.pid).toBeGreaterThan(0);
    await eventually(() => (isAlive(init?.pid ?? 0) ? undefined : true));
    const state = await line.json<ContainerState>('inspect', '--json', 'one');
    expect(state).toMatchObject({ status: 'stopped', exit: { cause: 'unknown' } });
  });

  test('what it does not declare is refused by its name, before anything starts', async () => {
    const more =
      'security: { seccomp: unconfined }\nresources: { pids: unlimited, memory: 64Mi }\nrootfs: { readOnly: true }';
    line.write('job.yaml', job('one', ['true'], more));
    const { stderr, exitCode } = await line.sc('apply', '--backend', 'chroot', 'job.yaml');
    expect(stderr).toContain('resources.memory: "64Mi" is not supported by backend "chroot"');
    expect(stderr).toContain('rootfs.readOnly: true is not supported by backend "chroot"');
    expect(stderr).toContain('supported by native');
    expect(exitCode).toBe(1);
    expect(line.exists('store/containers')).toBe(false);
  });

  test('a default that it does not do is refused until the file says otherwise', async () => {
    const { stderr, exitCode } = await line.sc('run', '--backend', 'chroot', '--rm', './rootfs', 'true');
    expect(stderr).toContain(
      'the default "default" is not supported by backend "chroot": there is no filter',
    );
    expect(stderr).toContain('the default 2048 is not supported by backend "chroot"');
    expect(exitCode).toBe(125);
  });

  test('what it finds only in a value is refused too', async () => {
    const { stderr } = await run('--rm', '-e', 'LD_PRELOAD=/lib/evil.so', './rootfs', 'true');
    expect(stderr).toContain('backend "chroot" cannot honour it: chroot(8) of the host would heed it');
  });

  test('its features are listed, and which files it runs', async () => {
    const { stdout } = await line.sc('features', '--backend', 'chroot');
    expect(stdout).toMatch(/security\.seccomp +"unconfined" +there is no filter/);
    line.write('job.yaml', job('one', ['true']));
    expect((await line.sc('plan', '--backend', 'chroot', '--portability', 'job.yaml')).stdout).toContain(
      'chroot',
    );
  });

  test('what cannot be done with its containers its features say, and a command with the same words', async () => {
    const { operations } = await line.json<FeaturesResult>('features', '--backend', 'chroot', '--json');
    const running = execa(
      line.executable,
      ['run', ...wanted, '--name', 'one', './rootfs', 'sh', '-c', 'echo up; exec sleep 1000'],
      line.options,
    );
    await once(running.stdout, 'data');
    const commands = {
      exec: ['exec', 'one', 'true'],
      pause: ['pause', 'one'],
      top: ['top', 'one'],
      stats: ['stats', '--no-stream', 'one'],
      commit: ['commit', 'one', 'image'],
    } as const;
    for (const [name, args] of Object.entries(commands)) {
      const support = operations[name as keyof typeof commands];
      const reason = support !== undefined && 'reason' in support ? support.reason : 'none is told';
      const { stderr, exitCode } = await line.sc(...args);
      expect(stderr, name).toContain(`is not supported by backend "chroot": ${reason}\n`);
      expect(exitCode, name).not.toBe(0);
    }
    expect(operations).toMatchObject({ stop: { support: 'all' }, diff: { support: 'all' } });
    expect((await line.sc('diff', 'one')).exitCode).toBe(0);
    expect((await line.sc('kill', 'one')).exitCode).toBe(0);
    await running.catch(() => undefined);
  });

  test('nothing of a plugin is loaded by who needs none', async () => {
    const watch = `import { registerHooks } from 'node:module';
      registerHooks({ load(url, context, next) {
        if (/\\/plugin\\/|chroot/.test(url)) console.error(url);
        return next(url, context);
      } });`;
    const told = write(join(line.directory, 'watch.mjs'), watch);
    const options = { ...line.options, env: { ...line.options.env, NODE_OPTIONS: `--import=${told}` } };
    const plain = await execa(line.executable, ['run', '--rm', './rootfs', 'true'], options);
    expect([plain.stderr, plain.exitCode]).toEqual(['', 0]);
    const { stderr } = await execa(line.executable, ['run', ...wanted, '--rm', './rootfs', 'true'], options);
    expect(stderr).toContain('/src/plugin/load.js\n');
    expect(stderr).toContain('/sc-backend-chroot/register.js\n');
  });
});

describe('plugin', () => {
  const added = (path = plugin) => line.sc('plugin', 'add', path);

  test('add, list and remove', async () => {
    const directory = plugin;
    const one = { directory, name: 'sc-backend-chroot', version: '1.0.0' };
    expect(await line.json<PluginResult>('plugin', 'add', '--json', plugin)).toEqual({ plugins: [one] });
    expect(await line.json<PluginResult>('plugin', 'add', '--json', './modules/sc-backend-chroot')).toEqual({
      plugins: [one],
    });
    expect((await line.sc('plugin', 'list')).stdout).toBe(
      `NAME               VERSION  DIRECTORY\nsc-backend-chroot  1.0.0    ${directory}\n`,
    );
    expect(line.read('store/plugins.json')).toBe(
      `${JSON.stringify({ version: 1, plugins: [directory] }, undefined, 2)}\n`,
    );
    expect(await line.json<PluginResult>('plugin', 'remove', '--json', 'sc-backend-chroot')).toEqual({
      plugins: [],
    });
    expect(line.exists('store/plugins.json')).toBe(false);
    expect((await run('--rm', './rootfs', 'true')).stderr).toContain('unknown backend "chroot"');
    expect((await line.sc('plugin', 'remove', 'sc-backend-chroot')).stderr).toContain(
      'no plugin "sc-backend-chroot"',
    );
  });

  test('what nobody has named is not loaded, wherever it lies', async () => {
    const mark = join(line.directory, 'loaded');
    const code = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(mark)}, ''); export default () => {};`;
    for (const place of ['node_modules', 'data/sc/node_modules', 'rootfs/node_modules']) {
      const directory = join(line.directory, place, 'sc-evil');
      write(join(directory, 'register.js'), code);
      const hooks = { init: './register.js', 'standard-container': './register.js' };
      write(
        join(directory, 'package.json'),
        JSON.stringify({ name: 'sc-evil', version: '1.0.0', type: 'module', oclif: { hooks } }),
      );
    }
    // Here oclif itself has the plugins of a user.
    const plugins = [{ type: 'user', name: 'sc-evil' }];
    write(
      join(line.directory, 'data/sc/package.json'),
      JSON.stringify({ dependencies: { 'sc-evil': '1' }, oclif: { plugins } }),
    );
    const env = { ...line.options.env, XDG_DATA_HOME: join(line.directory, 'data'), DEBUG: 'none' };
    const options = { ...line.options, env };
    for (const args of [['help'], ['ps'], ['run', '--backend', 'evil', './rootfs', 'true']])
      await execa(line.executable, args, options);
    expect(line.exists('loaded')).toBe(false);
  });

  test('code is refused that somebody else can change, also in the midst of what it imports', async () => {
    const hint = 'nobody but root and you';
    const dependency = write(
      join(line.directory, 'modules/node_modules/helper/index.js'),
      'export const help = 1;',
    );
    write(
      join(dirname(dependency), 'package.json'),
      '{"name":"helper","type":"module","exports":"./index.js"}',
    );
    write(join(plugin, 'fields.js'), `import 'helper';\n${line.read('modules/sc-backend-chroot/fields.js')}`);
    const parts = [
      join(plugin, 'package.json'),
      join(plugin, 'register.js'),
      join(plugin, 'chroot.js'),
      plugin,
      dirname(plugin),
      dependency,
    ];
    for (const part of parts) {
      chmodSync(part, 0o775);
      const { stderr, exitCode } = await added();
      expect(stderr).toContain(`load plugin "${plugin}": others can write to "${part}" (mode 0775)`);
      expect(stderr).toContain(hint);
      expect(exitCode).toBe(1);
      chmodSync(part, 0o755);
    }
    chownSync(dependency, 1000, 0);
    expect((await added()).stderr).toContain(`"${dependency}" belongs to user 1000`);
    chownSync(dependency, 0, 0);
    expect(line.exists('store/plugins.json')).toBe(false);
    expect((await added()).exitCode).toBe(0);
    chmodSync(dependency, 0o777);
    const refused = await run('--rm', './rootfs', 'true');
    expect(refused.stderr).toContain(`others can write to "${dependency}"`);
    expect(refused.exitCode).toBe(125);
    chmodSync(dependency, 0o755);
    chmodSync(join(line.root, 'plugins.json'), 0o666);
    expect((await run('--rm', './rootfs', 'true')).stderr).toContain('others can write to');
    // Of that nothing else is kept from its work.
    expect((await line.sc('run', '--rm', './rootfs', 'true')).exitCode).toBe(0);
  });

  test.each([
    ['{', 'in JSON'],
    ['{"name":"x","version":"1.0.0"}', 'its package.json has no hook for sc'],
    ['{"oclif":{}}', 'its package.json has no name and version'],
    [
      '{"name":"x","version":"1","oclif":{"hooks":{"standard-container":"../../rootfs/bin/busybox"}}}',
      'leads out of it',
    ],
    ['{"name":"x","version":"1","oclif":{"hooks":{"standard-container":"./nosuch.js"}}}', 'ENOENT'],
  ])('what is no plugin is refused: %s', async (manifest, why) => {
    write(join(plugin, 'package.json'), manifest);
    const { stderr, exitCode } = await added();
    expect(stderr).toContain(`load plugin "${plugin}": `);
    expect(stderr).toContain(why);
    expect(exitCode).toBe(1);
  });

  test.each([
    ['throw new Error("it is broken")', 'it is broken'],
    ['export default 1', 'exports no function as default'],
    [
      `import { registerBackend } from 'standard-container/backend'; export default () => registerBackend('native', () => {}, {})`,
      'it does not say whether "network.mode"',
    ],
    [
      `import 'standard-container/dist/src/state/store.js'; export default () => {}`,
      'is not defined by "exports"',
    ],
  ])('what fails when it is loaded is refused: %s', async (code, why) => {
    write(join(plugin, 'register.js'), code);
    expect((await added()).stderr).toContain(why);
    expect(line.exists('store/plugins.json')).toBe(false);
  });

  test('a link to a plugin is followed once, and what it leads to is named', async () => {
    symlinkSync(plugin, join(line.directory, 'link'));
    expect(await line.json<PluginResult>('plugin', 'add', '--json', './link')).toMatchObject({
      plugins: [{ directory: plugin }],
    });
  });

  test('one that has become bad is told, and keeps from nothing but itself', async () => {
    await added();
    write(join(plugin, 'package.json'), '{}');
    const { plugins } = await line.json<PluginResult>('plugin', 'list', '--json');
    expect(plugins).toEqual([
      { directory: plugin, error: expect.objectContaining({ code: 'SC_BAD_PLUGIN' }) },
    ]);
    expect((await line.sc('ps')).exitCode).toBe(0);
    expect((await line.sc('plugin', 'remove', plugin)).exitCode).toBe(0);
  });
});

describe('a storage driver of a plugin', () => {
  test('has containers, and its store is known as its own without it', async () => {
    const copy = installPlugin('copy', join(line.directory, 'modules/sc-storage-copy'));
    expect((await line.sc('plugin', 'add', copy)).exitCode).toBe(0);
    const kept = await line.sc(
      'run',
      '--storage-driver',
      'copy',
      '--name',
      'one',
      './rootfs',
      'sh',
      '-c',
      'echo made > /made',
    );
    expect([kept.stderr, kept.exitCode]).toEqual(['', 0]);
    expect((await line.sc('diff', 'one')).stdout).toBe('A /made\n');
    await line.sc('plugin', 'remove', 'sc-storage-copy');
    const other = await line.sc('run', '--rm', './rootfs', 'true');
    expect(other.stderr).toContain('is a store of storage driver "copy"');
    expect((await line.sc('delete', 'one')).stderr).toContain('unknown storage driver "copy"');
    await line.sc('plugin', 'add', copy);
    expect((await line.sc('delete', 'one')).exitCode).toBe(0);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
