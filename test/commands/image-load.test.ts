import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ImageListResult } from '../../src/schema/operations/image-list.ts';
import type { LoadedImages } from '../../src/schema/operations/image-many.ts';
import type { ImageSaveResult } from '../../src/schema/operations/image-save.ts';
import { makeCommandLine } from '../support/command-line.ts';
import { everythingIn, layoutOf, makeImage, tarOfMembers, tarWith, writeMembers } from '../support/images.ts';
import { podmanIn } from '../support/podman.ts';

let cli: ReturnType<typeof makeCommandLine>;
let podman: ReturnType<typeof podmanIn>;
beforeAll(async () => {
  cli = makeCommandLine();
  podman = podmanIn(cli.directory);
  await execa('tar', ['-C', join(cli.directory, 'rootfs'), '-czf', at('rootfs.tar.gz'), '.']);
});
let count = 0;
/** A store of its own for each test. */
let sc: (...args: string[]) => ReturnType<typeof cli.sc>;
beforeEach(() => {
  count += 1;
  sc = storeAt(`store-${count}`);
});
afterEach(async () => {
  await sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const at = (name: string) => join(cli.directory, name);
const storeAt =
  (name: string) =>
  (...args: string[]) =>
    cli.sc('--root', at(name), ...args);
const list = async () => JSON.parse((await sc('image', 'list', '--json')).stdout) as ImageListResult;

const program = 'CMD ["sh", "-c", "echo hello from $WHERE in $PWD"]';
const make = (name: string, into = sc) =>
  into(
    ...['image', 'import', '-c', program, '-c', 'ENV WHERE="an image"', '-c', 'WORKDIR /srv'],
    ...['rootfs.tar.gz', name],
  );

describe('an imported root filesystem', () => {
  const base = (...args: string[]) => storeAt('base')(...args);
  let id: string | undefined;
  beforeAll(async () => {
    expect(await make('web:1.0', base)).toMatchObject({ stdout: 'Loaded image: web:1.0\n', exitCode: 0 });
    const { images } = JSON.parse((await base('image', 'list', '--json')).stdout) as ImageListResult;
    id = images[0]?.id;
  });

  test('runs as its config says', async () => {
    expect((await base('run', '--rm', 'web:1.0')).stdout).toBe('hello from an image in /srv\n');
    expect((await base('run', '--rm', 'web')).stderr).toContain('no image "web"');
  });

  test.each([
    ['docker.tar', ['--format', 'docker']],
    ['docker.tar.gz', ['--format', 'docker', '--compress', 'gzip']],
    ['oci.tar', []],
    ['zstd.tar', ['--compress', 'zstd']],
    ['none.tar', ['--compress', 'none']],
    ['layout/', []],
  ])('goes out into %s and comes back under the same ID', async (output, flags) => {
    const saved = await base('image', 'save', '--json', ...flags, '-o', output, 'web:1.0');
    const images = [{ id, names: ['web:1.0'] }];
    expect(JSON.parse(saved.stdout) as ImageSaveResult).toMatchObject({ images });
    expect(await sc('image', 'load', output)).toMatchObject({ stdout: 'Loaded image: web:1.0\n' });
    expect((await list()).images).toMatchObject([{ id, name: 'web:1.0' }]);
    expect((await sc('run', '--rm', 'web:1.0')).stdout).toBe('hello from an image in /srv\n');
  });
});

test('the same images give the same bytes', async () => {
  await make('web:1.0');
  for (const name of ['one.tar', 'two.tar']) await sc('image', 'save', '-o', name, 'web:1.0');
  expect(readFileSync(at('one.tar')).equals(readFileSync(at('two.tar')))).toBe(true);
  expect((await sc('image', 'import', 'rootfs.tar.gz')).stdout).toMatch(/^Loaded image: sha256:/);
  const { images } = await list();
  await sc('image', 'import', 'rootfs.tar.gz');
  expect((await list()).images).toEqual(images);
});

test.each(['oci', 'docker'])(
  'in the form of %s podman runs what sc has saved, sc what podman has, and podman what was changed then',
  async (format) => {
    await make('web:1.0');
    await sc('image', 'save', '--format', format, '-o', `${format}-here.tar`, 'web:1.0');
    expect((await podman.podman('load', '-i', at(`${format}-here.tar`))).stdout).toContain('web:1.0');
    expect((await podman.run('localhost/web:1.0')).stdout).toBe('hello from an image in /srv');
    const file = at(`${format}-there.tar`);
    await podman.podman('save', '--format', `${format}-archive`, '-o', file, 'localhost/web:1.0');
    const other = storeAt(`by-${format}`);
    expect((await other('image', 'load', '-i', file)).stdout).toContain('web:1.0');
    expect((await other('run', '--rm', 'web:1.0')).stdout).toBe('hello from an image in /srv\n');

    await other('run', '--name', 'web', 'web:1.0', 'sh', '-c', 'echo changed >/root/new; rm /etc/group');
    const changes = 'D /etc/group\nA /root/new\nA /srv\n';
    expect((await other('diff', 'web')).stdout).toBe(changes);
    const then = 'CMD ["sh", "-c", "cat /root/new; echo $WHERE; ls /etc"]';
    expect(await other('commit', '-c', then, 'web', 'web:2.0')).toMatchObject({ stderr: '' });
    expect((await other('diff', 'web:1.0', 'web:2.0')).stdout).toBe(changes);
    await other('image', 'save', '--format', format, '-o', `${format}-changed.tar`, 'web:2.0');
    await podman.podman('load', '-i', at(`${format}-changed.tar`));
    const { stdout } = await podman.run('localhost/web:2.0');
    expect(stdout).toMatch(/^changed\nan image\n/);
    expect(stdout).not.toContain('group');
    await other('delete', 'web');
  },
);

test('an archive comes from stdin and goes to stdout', async () => {
  await make('web:1.0');
  const { stdout } = await execa(
    cli.executable,
    ['--root', at(`store-${count}`), 'image', 'save', 'web:1.0'],
    {
      encoding: 'buffer',
    },
  );
  const loading = execa(cli.executable, ['image', 'load', '--json', '--name', 'copy:2'], {
    env: { SC_ROOT: at('piped') },
    input: stdout,
  });
  expect((JSON.parse((await loading).stdout) as LoadedImages).images).toMatchObject([
    { names: ['copy:2'], unpacked: true },
  ]);
});

describe('what is bad leaves nothing', () => {
  const nothingIsLeft = async () => {
    expect((await list()).images).toEqual([]);
    const store = at(`store-${count}`);
    const left = everythingIn(store).filter((name) => /[0-9a-f]{64}|[0-9a-f]{8}-/.test(name));
    expect(left).toEqual([]);
  };

  test('a tar that is cut off', async () => {
    const image = makeImage([tarWith([{ path: 'file', bytes: Buffer.alloc(100_000) }])]);
    // A name that is part of every word is told as any other.
    writeFileSync(at('a'), tarOfMembers(layoutOf([{ name: 'web:1.0', image }])));
    truncateSync(at('a'), 50_000);
    expect(await sc('image', 'load', 'a')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/load images from "a": .*the tar is cut off/),
    });
    await nothingIsLeft();
  });

  test('a blob of another digest', async () => {
    const image = makeImage([tarWith([{ path: 'file' }])]);
    const members = layoutOf([{ name: 'web:1.0', image }]);
    const [name = ''] = [...members.keys()].filter((key) => key.startsWith('blobs/'));
    const bytes = Buffer.from(members.get(name) ?? '');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    writeMembers(at('flipped'), members.set(name, bytes));
    expect(await sc('image', 'load', './flipped')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('its digest is'),
    });
    await nothingIsLeft();
  });

  test('a second layer that is bad: the first is not unpacked either', async () => {
    const layers = [
      tarWith([{ path: 'file' }]),
      tarWith([{ path: 'link', type: 'hardlink', link: 'nowhere' }]),
    ];
    writeMembers(at('bad-layer'), layoutOf([{ name: 'web:1.0', image: makeImage(layers) }]));
    expect(await sc('image', 'load', './bad-layer')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('link'),
    });
    await nothingIsLeft();
  });

  test('a blob that says to be a layer that is there, and is another', async () => {
    await make('web:1.0');
    const { stdout } = await sc('image', 'save', '-o', 'lie/', 'web:1.0');
    expect(stdout).toBe('');
    const before = (await list()).images;
    // The other has other bytes, and the config with the diffID of the first.
    const [image] = before;
    const config = readFileSync(join(at('lie'), 'blobs/sha256', (image?.id ?? '').slice(7)));
    const diffIds = (JSON.parse(config.toString()) as { rootfs: object }).rootfs;
    const liar = makeImage([tarWith([{ path: 'other' }])], { rootfs: diffIds });
    writeMembers(at('liar'), layoutOf([{ name: 'liar:1', image: liar }]));
    expect(await sc('image', 'load', './liar')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('diffID'),
    });
    expect((await list()).images).toEqual(before);
  });

  test('what is not there, and what is no image', async () => {
    expect((await sc('image', 'load', 'nowhere.tar')).stderr).toContain('load images from "nowhere.tar"');
    expect((await sc('image', 'load', 'rootfs.tar.gz')).stderr).toContain('sc image import');
    mkdirSync(at('empty'), { recursive: true });
    expect((await sc('image', 'load', './empty')).stderr).toContain('it has no file "oci-layout"');
    await nothingIsLeft();
  });
});

test('an image for another machine is kept only where it is asked for, and not unpacked', async () => {
  const image = makeImage([tarWith([{ path: 'file' }])], { architecture: 'riscv64' });
  writeMembers(at('foreign'), layoutOf([{ name: 'web:1.0', image }]));
  expect(await sc('image', 'load', './foreign')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('linux/riscv64'),
  });
  expect((await list()).images).toEqual([]);
  expect((await sc('image', 'load', '--platform', 'linux/riscv64', './foreign')).stdout).toBe(
    'Loaded image: web:1.0 (for linux/riscv64, not unpacked)\n',
  );
  expect((await list()).images).toMatchObject([{ platforms: ['linux/riscv64'] }]);
  expect(readdirSync(at(`store-${count}`))).not.toContain('storage');
  expect((await sc('run', '--rm', 'web:1.0', 'true')).stderr).toContain('is not for linux/');
});
