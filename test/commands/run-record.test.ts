import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});

afterEach(() => cli.remove());

const record = (script: string, ...flags: string[]) =>
  cli.sc('run', '--rm', '--record', 'out.yaml', ...flags, './rootfs', 'sh', '-c', script);

test('a run is recorded, with its filter beside it', async () => {
  mkdirSync(join(cli.directory, 'rootfs/var/cache/web'), { recursive: true });
  const script = 'echo hi; echo x > /var/cache/web/y; chown 7 /tmp; cat /etc/hosts > /dev/null';
  expect(await record(script)).toMatchObject({ exitCode: 0, stdout: 'hi\n', stderr: '' });
  expect(cli.read('out.yaml')).toMatch(
    /^# Recorded by sc run from sh -c echo hi; .*\n# It ended with code 0.\n# .*\nrootfs:\n {2}readOnly: true\n {2}# .*\n {2}writablePaths:\n {4}- \/tmp\n {4}- \/var\/cache\/web\nsecurity:\n {2}capabilities:\n {4}drop: \[ALL\]\n {4}add: \[CAP_CHOWN\]\n {2}# \d\d system calls.\n {2}seccomp: .\/out.yaml.seccomp.json\n$/,
  );
  const profile = JSON.parse(cli.read('out.yaml.seccomp.json'));
  expect(profile.syscalls[0].names).toEqual(expect.arrayContaining(['execve', 'chown', 'openat']));
  expect(profile.syscalls[0].names).not.toContain('mount');
});

test('what sc itself makes in the root filesystem is no part of it', async () => {
  writeFileSync(join(cli.directory, 'key'), 'secret');
  const flags = [
    '-v',
    './rootfs/etc:/mnt/in',
    '--tmpfs',
    '/made/up',
    '-w',
    '/work/here',
    '--secret',
    'key,source=./key',
  ];
  expect(await record('cat /run/secrets/key; pwd', ...flags)).toMatchObject({ stdout: 'secret/work/here\n' });
  expect(cli.read('out.yaml')).toContain('rootfs:\n  readOnly: true\nsecurity:\n');
});

test('one that fails is recorded too, and takes the place of an earlier record', async () => {
  writeFileSync(join(cli.directory, 'out.yaml'), 'old');
  expect((await record('exit 3')).exitCode).toBe(3);
  expect(cli.read('out.yaml')).toContain('# It ended with code 3: if it failed,');
  expect(readdirSync(cli.directory).filter((name) => name.startsWith('out'))).toEqual([
    'out.yaml',
    'out.yaml.seccomp.json',
  ]);
});

test('one that is killed is recorded with what it did until then', async () => {
  expect((await record('mkdir /tmp/made; ulimit -t 1; while :; do :; done')).exitCode).toBe(137);
  expect(cli.read('out.yaml')).toContain('# It was ended by SIGKILL:');
  expect(cli.read('out.yaml')).toContain('    - /tmp\n');
});

test('without --rm the record is the same', async () => {
  await cli.sc('run', '--name', 'kept', '--record', 'out.yaml', './rootfs', 'touch', '/tmp/a');
  expect(cli.read('out.yaml')).toContain('    - /tmp\n');
  await cli.sc('delete', 'kept');
});

test('a program that does not start is not recorded', async () => {
  const { exitCode } = await cli.sc('run', '--record', 'out.yaml', './rootfs', 'nowhere');
  expect(exitCode).toBe(127);
  expect(cli.exists('out.yaml')).toBe(false);
});

test.each([
  [
    'missing/out.yaml',
    /^sc: --record ".*\/missing\/out.yaml": access ".*\/missing": ENOENT\nTry: name a file in /,
  ],
  ['rootfs', /^sc: --record ".*\/rootfs": it is a directory\nTry: --record FILE\n/],
])('--record %s is refused before anything starts', async (path, words) => {
  const { exitCode, stdout, stderr } = await cli.sc('run', '--record', path, './rootfs', 'echo', 'started');
  expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
  expect(stderr).toMatch(words);
  expect(await cli.json('ps', '--all', '--json')).toMatchObject({ containers: [] });
});

test('where the kernel does not let sc look, nothing starts', async () => {
  // Root of a user namespace has all capabilities, and those that bpf(2) asks for count on the host alone.
  const command = ['-Ur', cli.executable, 'run', '--record', 'out.yaml', './rootfs', 'echo', 'started'];
  const { exitCode, stdout, stderr } = await execa('unshare', command, cli.options);
  expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
  expect(stderr).toMatch(/^sc: record: make a map: bpf: EPERM\nTry: run sc as root, .*\n$/);
  expect(cli.exists('out.yaml')).toBe(false);
});
