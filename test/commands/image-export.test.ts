import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeTree } from '../image/layer/described-tree.ts';
import { makeCommandLine } from '../support/command-line.ts';
import { layoutOf, makeImage, tarWith, writeMembers } from '../support/images.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  await execa('tar', ['-C', at('rootfs'), '-cf', at('rootfs.tar'), '.']);
  await cli.sc('image', 'import', 'rootfs.tar', 'base:1');
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const at = (name: string) => join(cli.directory, name);

async function namesIn(tar: string): Promise<string[]> {
  return (await execa('tar', ['-tf', at(tar)])).stdout.split('\n').sort();
}

test('a container is exported with what it has written, removed and made anew', async () => {
  const script = `mkdir -p /srv/kept /srv/gone/deep && echo old > /srv/gone/deep/file && rm -r /srv/gone /bin/id
    rm -r /root && mkdir /root && echo new > /root/file && ln /root/file /root/twin && chmod 4711 /bin/busybox`;
  await cli.sc('run', '--name', 'web', 'base:1', 'sh', '-c', script);
  expect(await cli.sc('image', 'export', 'web', '-o', 'web.tar')).toMatchObject({ exitCode: 0, stderr: '' });
  const names = await namesIn('web.tar');
  expect(names).toEqual(expect.arrayContaining(['./', 'root/file', 'root/twin', 'srv/kept/', 'bin/busybox']));
  expect(names.filter((name) => /gone|bin\/id|\.wh\./.test(name))).toEqual([]);
  mkdirSync(at('unpacked'));
  await execa('tar', ['-C', at('unpacked'), '-xpf', at('web.tar')]);
  expect(describeTree(at('unpacked'))).toMatchObject({
    'root/file': { content: 'new\n' },
    'root/twin': { same: 'root/file' },
    'bin/busybox': { mode: '4711' },
  });
  expect(await cli.sc('image', 'import', 'web.tar', 'flat:1')).toMatchObject({ exitCode: 0 });
  expect((await cli.sc('run', '--rm', 'flat:1', 'cat', '/root/twin')).stdout).toBe('new\n');
});

test('a container of a directory is exported with what is below the mounts in that, as it sees it', async () => {
  mkdirSync(at('rootfs/mnt'), { recursive: true });
  writeFileSync(at('rootfs/mnt/below'), 'below');
  await execa('mount', ['-t', 'tmpfs', 'sc-test-covering', at('rootfs/mnt')]);
  try {
    writeFileSync(at('rootfs/mnt/above'), 'above');
    expect((await cli.sc('run', '--name', 'web', './rootfs', 'ls', '/mnt')).stdout).toBe('below\n');
    await cli.sc('image', 'export', 'web', '-o', 'below.tar');
  } finally {
    await execa('umount', [at('rootfs/mnt')]);
  }
  expect((await namesIn('below.tar')).filter((name) => name.startsWith('mnt'))).toEqual([
    'mnt/',
    'mnt/below',
  ]);
});

test('an image of several layers becomes one tree, marks of layers left out', async () => {
  const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });
  const layers = [
    tarWith([file('a/one', '1'), file('a/two', '2'), file('b/three', '3'), file('c', 'file')]),
    tarWith([file('a/.wh.one', ''), file('b/.wh..wh..opq', ''), file('b/four', '4'), file('.wh.c', '')]),
    tarWith([file('c/five', '5')]),
  ];
  writeMembers(at('layout'), layoutOf([{ name: 'many:1', image: makeImage(layers) }]));
  expect(await cli.sc('image', 'load', './layout')).toMatchObject({ exitCode: 0 });
  await cli.sc('image', 'export', '--compress', 'gzip', '-o', 'many.tar.gz', 'many:1');
  const expected = ['./', 'a/', 'a/two', 'b/', 'b/four', 'c/', 'c/five'];
  expect(await namesIn('many.tar.gz')).toEqual(expected);
  expect(readdirSync(join(cli.root, 'storage/overlay')).filter((name) => name.startsWith('export'))).toEqual(
    [],
  );
  const { stdout } = await execa(`${cli.executable} image export many:1 | tar -t`, {
    ...cli.options,
    shell: true,
  });
  expect(stdout.trim().split('\n').sort()).toEqual(expected);
});

test('what cannot be exported is refused', async () => {
  expect((await cli.sc('image', 'export', '-o', 'no.tar', 'nobody')).stderr).toContain('no image "nobody"');
  await cli.sc('run', '--name', 'view', 'host', 'true');
  expect((await cli.sc('image', 'export', '-o', 'no.tar', 'view')).stderr).toContain('view of this machine');
  expect((await cli.sc('image', 'export', '--json', 'base:1')).stderr + cli.exists('no.tar')).toBe('false');
});
