import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { VolumeInspectResult } from '../../src/schema/operations/volume-inspect.ts';
import { parseAnswer } from '../support/answer.ts';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

const sh = (script: string) => cli.sc('run', '--rm', '-v', 'data:/srv', './rootfs', 'sh', '-euc', script);
const data = (name: string) => join(cli.root, 'volumes', name, 'data');
const snapshots = async () =>
  parseAnswer<VolumeInspectResult>((await cli.sc('volume', 'inspect', 'data')).stdout).snapshots.map(
    ({ name }) => name,
  );
const leftovers = () => readdirSync(join(cli.root, 'volumes')).filter((name) => /^\.unf/.test(name));

test('a volume holds again what it held when a snapshot was taken', async () => {
  await sh('echo old > /srv/file; ln /srv/file /srv/second; chown 7:8 /srv; mkdir /srv/empty');
  expect(await cli.sc('volume', 'snapshot', 'data', 'before')).toMatchObject({
    stdout: 'before\n',
    exitCode: 0,
  });
  await sh('echo new > /srv/file; rmdir /srv/empty; touch /srv/more; chown 9:9 /srv');
  const [, timed = ''] =
    /^(\d{8}T\d{6}\.\d{3}Z)$/m.exec((await cli.sc('volume', 'snapshot', 'data')).stdout) ?? [];
  expect(await snapshots()).toEqual(['before', timed]);
  expect((await cli.sc('volume', 'restore', 'data', 'before')).exitCode).toBe(0);
  expect((await sh('ls /srv; cat /srv/second; stat -c %u:%g /srv')).stdout).toBe(
    'empty\nfile\nsecond\nold\n7:8\n',
  );
  expect((await cli.sc('volume', 'restore', 'data', timed)).exitCode).toBe(0);
  expect((await sh('cat /srv/file')).stdout).toBe('new\n');
  await cli.sc('volume', 'snapshot', '--remove', 'data', timed);
  expect(await snapshots()).toEqual(['before']);
  expect(leftovers()).toEqual([]);
});

test('a snapshot is refused for what it cannot be', async () => {
  await cli.sc('volume', 'create', 'data');
  await cli.sc('volume', 'snapshot', 'data', 'before');
  for (const [args, words] of [
    [['snapshot', 'data', 'before'], 'take snapshot "before" of volume "data": there is one'],
    [['snapshot', 'data', '../x'], 'it is no name'],
    [['snapshot', 'dat', 'x1'], 'no volume "dat"; did you mean data'],
    [['restore', 'data', 'befor'], 'from snapshot "befor": there is none; did you mean before'],
    [['restore', 'data', '../data'], 'there is none'],
    [['snapshot', '--remove', 'data'], '--remove: which snapshot is not said'],
  ] as const) {
    const { stderr, exitCode } = await cli.sc('volume', ...args);
    expect(stderr).toContain(words);
    expect(exitCode).not.toBe(0);
  }
  expect(await snapshots()).toEqual(['before']);
});

test('a container that runs stands still for a snapshot, and keeps its volume from being restored', async () => {
  const script = 'i=0; while :; do i=$((i+1)); echo $i > /srv/a; echo $i > /srv/b; done';
  await cli.sc('run', '-d', '--name', 'writer', '-v', 'data:/srv', './rootfs', 'sh', '-c', script);
  for (const name of ['s1', 's2'])
    expect((await cli.sc('volume', 'snapshot', 'data', name)).exitCode).toBe(0);
  const read = (snapshot: string, file: string) =>
    Number(
      readFileSync(join(cli.root, 'volumes/data/snapshots', snapshot, 'data', file), 'utf8') || Number.NaN,
    );
  const [a, b] = [read('s1', 'a'), read('s1', 'b')];
  // It stood still between any two of its writes, one of which may have emptied the file.
  if (!Number.isNaN(a) && !Number.isNaN(b)) expect([0, 1]).toContain(a - b);
  expect((await cli.sc('exec', 'writer', 'true')).exitCode).toBe(0);
  const refused = await cli.sc('volume', 'restore', 'data', 's1');
  expect(refused.stderr).toContain('restore volume "data": container "writer", which is running, mounts it');
  await cli.sc('stop', '--timeout', '0', 'writer');
  expect((await cli.sc('volume', 'restore', 'data', 's1')).exitCode).toBe(0);
  expect((await cli.sc('start', 'writer')).exitCode).toBe(0);
  await cli.sc('delete', '--force', 'writer');
});

test('a volume goes out as a tar and comes in as another', async () => {
  await sh(`cd /srv; echo x > file; ln file two; ln -s /etc/passwd link; mkdir -m 2750 dir; chown 5:6 dir file
    chmod 1771 .; touch -d '2001-02-03 04:05:06' file`);
  const seen = (name: string) =>
    execFileSync('sh', ['-c', `find . -printf '%p %y %m %U:%G %n %l\\n' | sort; stat -c %Y file`], {
      cwd: data(name),
      encoding: 'utf8',
    });
  expect(
    (await cli.sc('volume', 'export', '--compress', 'zstd', 'data', '-o', 'data.tar.zst')).exitCode,
  ).toBe(0);
  expect(await cli.sc('volume', 'import', '-l', 'from=tar', 'data.tar.zst', 'copy')).toMatchObject({
    stdout: 'copy\n',
    exitCode: 0,
  });
  expect(seen('copy')).toBe(seen('data'));
  expect((await cli.sc('volume', 'import', './rootfs/etc', 'etc')).exitCode).toBe(0);
  expect(readdirSync(data('etc'))).toEqual(readdirSync(join(cli.directory, 'rootfs/etc')));
  writeFileSync(join(cli.directory, 'no.tar'), 'x'.repeat(2000));
  const bad = await cli.sc('volume', 'import', 'no.tar', 'bad');
  expect(bad.stderr).toContain('import volume "bad": read the tar: at byte 0');
  expect((await cli.sc('volume', 'import', 'data.tar.zst', 'copy')).stderr).toContain('there is one');
  expect(readdirSync(join(cli.root, 'volumes')).sort()).toEqual(['.removed', 'copy', 'data', 'etc']);
});

test('a container has the volumes and binds of another', async () => {
  mkdirSync(join(cli.directory, 'here'));
  const flags = ['-v', 'data:/srv', '-v', '/any', '-v', './here:/here', '--tmpfs', '/mem'];
  await cli.sc(
    'run',
    '--name',
    'owner',
    ...flags,
    './rootfs',
    'sh',
    '-c',
    'touch /srv/a /any/b /here/c /mem/d',
  );
  const from = (...more: string[]) =>
    cli.sc('run', '--rm', ...more, './rootfs', 'sh', '-c', 'ls /srv /any /here /mem');
  expect((await from('--volumes-from', 'owner')).stdout).toBe('/any:\nb\n\n/here:\nc\n\n/srv:\na\n');
  expect((await from('--volumes-from', 'owner', '-v', 'other:/srv')).stdout).toContain('/srv:\n');
  const { stderr } = await cli.sc('run', '--rm', '--volumes-from', 'owner:ro', './rootfs', 'touch', '/any/x');
  expect(stderr).toContain('Read-only file system');
  expect((await from('--volumes-from', 'nosuch')).stderr).toContain('no container "nosuch"');
  expect((await from('--volumes-from', 'owner:rx')).stderr).toContain('--volumes-from: found "owner:rx"');
  await cli.sc('delete', '--volumes', 'owner');
});

test('files are copied into and out of the volume of a container that does not run', async () => {
  await cli.sc(
    'run',
    '--name',
    'keeper',
    '-v',
    'data:/srv',
    '-v',
    'data:/ro:ro',
    './rootfs',
    'sh',
    '-c',
    'echo x > /srv/a',
  );
  expect((await cli.sc('copy', 'keeper:/srv/a', './out')).exitCode).toBe(0);
  expect(cli.read('out')).toBe('x\n');
  expect((await cli.sc('copy', './out', 'keeper:/srv/b')).exitCode).toBe(0);
  expect(readFileSync(join(data('data'), 'b'), 'utf8')).toBe('x\n');
  expect(statSync(join(data('data'), 'b'))).toMatchObject({ uid: 0, gid: 0 });
  expect((await cli.sc('copy', './out', 'keeper:/ro/b')).stderr).toContain('start the container first');
});
