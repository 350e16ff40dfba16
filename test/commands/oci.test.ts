import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipe } from '../../src/linux/pipe.ts';

import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { eventually, job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

describe('a runtime that is not there', () => {
  const missing = ['--backend', 'oci:/no/such'];

  test('is told when a plan is made, with what to do, and nothing is made', async () => {
    const file = cli.write('a.yaml', job('one', ['true']));
    for (const command of ['plan', 'apply']) {
      const { exitCode, stdout, stderr } = await cli.sc(command, ...missing, file);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toBe(
        'sc: use runtime "/no/such": ENOENT\n' +
          'Try: name an executable program of this host: --backend oci:/path/to/runtime\n',
      );
    }
    const run = await cli.sc('run', ...missing, './rootfs', 'true');
    expect(run).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('"/no/such": ENOENT') });
    expect((await cli.json<ListResult>('ps', '--all', '--json')).containers).toEqual([]);
  });

  test('is no matter for a file of volumes alone', async () => {
    const volume = 'apiVersion: standard-container/v1\nkind: Volume\nmetadata: { name: data }\n';
    const { exitCode, stderr } = await cli.sc('plan', ...missing, cli.write('v.yaml', volume));
    expect({ exitCode, stderr }).toEqual({ exitCode: 3, stderr: '' });
  });
});

test('sc that is killed while the runtime makes a container leaves nothing but what the next one finishes', async () => {
  const [runtime, called] = [join(cli.directory, 'slow'), join(cli.directory, 'called')];
  const script = `case "$*" in *" run "*) touch ${called}; sleep 1000;; esac; exec runc "$@"`;
  writeFileSync(runtime, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const sc = execa(
    cli.executable,
    ['run', '--backend', `oci:${runtime}`, '--name', 'doomed', './rootfs', 'true'],
    cli.options,
  );
  await eventually(() => (existsSync(called) ? true : undefined));
  const left = () => readdirSync(join(cli.root, 'tools'));
  expect(left()).toHaveLength(1);

  sc.kill('SIGKILL');
  await sc;

  // First the keeper ends the runtime, then the next sc takes away what it cannot know to be of use to nobody.
  await eventually(async () => {
    await cli.sc('ps');
    return left().length === 0 ? true : undefined;
  });
  expect((await cli.json<ListResult>('ps', '--all', '--json')).containers).toEqual([]);
  await cli.sc('delete', '--all', '--force');
});

test('a record that cannot be read is deleted with what a runtime has of the container, whatever backend is chosen', async () => {
  const { exitCode, stdout } = await cli.sc(
    'run',
    '--name',
    'broken',
    '--backend',
    'oci:runc',
    './rootfs',
    'echo',
    'hi',
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'hi\n' });
  const { id } = await cli.json<ContainerState>('inspect', 'broken');
  // As a keeper that was killed leaves it.
  const left = [join(cli.root, 'oci', 'runc', id), join(cli.root, 'tools', id)];
  for (const path of left) mkdirSync(path, { recursive: true });
  writeFileSync(join(cli.root, 'containers', id, 'state.json'), '{');

  expect(await cli.sc('delete', '--force', id)).toMatchObject({ exitCode: 0, stderr: '' });

  expect(left.filter((path) => existsSync(path))).toEqual([]);
});

test('root inside is nobody outside, and on the disk its files belong to root', async () => {
  const detached = ['run', '-d', '--backend', 'oci:runc', '--userns', 'private', '--name', 'own', './rootfs'];
  await cli.sc(...detached, 'sh', '-c', 'echo a >/made; chown 7:8 /made; cat /proc/self/uid_map; sleep 1000');
  const { id } = await cli.json<ContainerState>('inspect', 'own');
  const { stdout } = await eventually(async () => {
    const logs = await cli.sc('logs', 'own');
    return logs.stdout === '' ? undefined : logs;
  });
  expect(Number(/^ +0 +(\d+) +65536\n$/.exec(stdout)?.[1])).toBeGreaterThanOrEqual(524288);
  expect(statSync(join(cli.root, 'storage/overlay', id, 'upper/made'))).toMatchObject({ uid: 7, gid: 8 });
  expect((await cli.sc('exec', 'own', 'stat', '-c', '%u %g', '/made', '/bin')).stdout).toBe('7 8\n0 0\n');
  cli.write('given', 'b\n');
  expect((await cli.sc('copy', './given', 'own:/given')).exitCode).toBe(0);
  expect((await cli.sc('exec', 'own', 'stat', '-c', '%u %g', '/given')).stdout).toBe('0 0\n');
  expect((await cli.sc('diff', 'own')).stdout).toBe('A /given\nA /made\n');
  expect((await cli.sc('commit', 'own', 'own:1')).exitCode).toBe(0);
  const again = await cli.sc('run', '--rm', '--backend', 'oci:runc', 'own:1', 'stat', '-c', '%u %g', '/made');
  expect(again.stdout).toBe('7 8\n');
  await cli.sc('delete', '--force', 'own');
});

test('sc plan --syscalls tells what the runtime is given, and what keeper and container do', async () => {
  const file = cli.write('b.yaml', job('one', ['true']));
  const { exitCode, stdout } = await cli.sc('plan', '--syscalls', '--backend', 'oci:runc', file);
  expect(exitCode).toBe(3);
  const at = [
    'one:',
    'config.json:',
    '"ociVersion"',
    'in the keeper:',
    'execute /usr/sbin/runc',
    'in the container:',
  ];
  const places = at.map((words) => stdout.indexOf(words));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/exit_group/);
});

test.each([
  ['plan', '--syscalls'],
  ['plan', '--json'],
  ['features', '--json'],
  ['ps', '--all'],
])('who has read enough of sc %s %s is no error', async (command, flag) => {
  const file = command === 'plan' ? [cli.write('b.yaml', job('one', ['true']))] : [];
  const { read, write } = pipe();
  closeSync(read);
  const sc = spawn(cli.executable, [command, flag, ...file], {
    cwd: cli.options.cwd,
    env: { ...process.env, ...cli.options.env },
    stdio: ['ignore', write, 'pipe'],
  });
  closeSync(write);
  let stderr = '';
  sc.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [exitCode] = await once(sc, 'close');
  expect({ exitCode, stderr }).toEqual({ exitCode: command === 'plan' ? 3 : 0, stderr: '' });
});
