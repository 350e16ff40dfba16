import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ImageInspectResult } from '../../src/schema/operations/image-inspect.ts';
import type { ImageListResult } from '../../src/schema/operations/image-list.ts';
import { describeTree } from '../image/layer/described-tree.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { everythingIn, layoutOf, makeImage, tarOfMembers, tarWith } from '../support/images.ts';
import { unmount } from '../support/mounted.ts';

const debian = join(import.meta.dirname, '../../rootfs/debian');

let cli: ReturnType<typeof makeCommandLine>;
let store: string;
let count = 0;
beforeAll(async () => {
  cli = makeCommandLine();
  await execa('tar', ['-C', at('rootfs'), '-cf', at('rootfs.tar'), '.']);
  const files = Array.from({ length: 5_000 }, (_, index) => ({
    path: `directory-${index % 100}/file-${index}`,
    bytes: Buffer.alloc(2_400, index),
  }));
  const layers = [tarWith([{ path: 'first' }]), tarWith(files)];
  writeFileSync(at('large.tar'), tarOfMembers(layoutOf([{ name: 'large:1', image: makeImage(layers) }])));
});
beforeEach(() => {
  count += 1;
  store = at(`store-${count}`);
});
afterAll(() => cli.remove(), 600_000);

const at = (name: string) => join(cli.directory, name);
const sc = (...args: string[]) => cli.sc('--root', store, ...args);
const names = async () => {
  const { images } = JSON.parse((await sc('image', 'list', '--json')).stdout) as ImageListResult;
  return images.map(({ name }) => name);
};
/** Blobs, layers and snapshots, and what somebody has begun with. */
const kept = () =>
  everythingIn(store).filter(
    (name) =>
      /^images\/(blobs\/sha256|\.incoming)\/./.test(name) || /\/\.(layers|removed)\/[^/]+$/.test(name),
  );
const filesIn = (directory: string) => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

/** Whether an open file is, or was before it lost its name, in a directory. */
const isBelow = (directory: string, descriptor: string) => {
  try {
    return readlinkSync(descriptor).startsWith(`${directory}/`);
  } catch {
    return false;
  }
};

test('a load that is killed while it unpacks leaves no image, and the next one succeeds', async () => {
  const loading = execa(cli.executable, ['--root', store, 'image', 'load', 'large.tar'], {
    ...cli.options,
    env: {},
  });
  // The first layer has its name, and the second has not.
  await eventually(() => {
    const layers = filesIn(join(store, 'storage/overlay/.layers'));
    const isSecond = layers.some((name) => name.startsWith('.unfinished')) && layers.length === 2;
    return isSecond ? true : undefined;
  });
  loading.kill('SIGKILL');
  expect(await loading).toMatchObject({ signal: 'SIGKILL' });
  expect(await names()).toEqual([]);
  expect(kept()).not.toEqual([]);
  await sc('image', 'prune');
  expect(kept()).toEqual([]);
  expect(await sc('image', 'load', 'large.tar')).toMatchObject({ stdout: 'Loaded image: large:1\n' });
  expect((await sc('image', 'verify')).exitCode).toBe(0);
});

test('a save that is killed leaves nothing, and what had the name before', async () => {
  expect(await sc('image', 'load', 'large.tar')).toMatchObject({ exitCode: 0 });
  const directory = at('killed');
  mkdirSync(directory);
  const args = ['--root', store, 'image', 'save', '--format', 'docker', '-o', 'killed/saved.tar', 'large:1'];
  for (let isCut = false; !isCut; ) {
    writeFileSync(join(directory, 'saved.tar'), 'before');
    const saving = execa(cli.executable, args, { ...cli.options, env: {} });
    let hasEnded = false;
    const ending = saving.finally(() => {
      hasEnded = true;
    });
    const descriptors = `/proc/${saving.pid}/fd`;
    let isAtIt = false;
    while (!isAtIt && !hasEnded) {
      await setTimeout(1);
      isAtIt = filesIn(descriptors).some((name) => isBelow(directory, join(descriptors, name)));
    }
    saving.kill('SIGKILL');
    await ending;
    expect(readdirSync(directory)).toEqual(['saved.tar']);
    isCut = isAtIt && readFileSync(join(directory, 'saved.tar'), 'utf8') === 'before';
  }
  expect(await sc('image', 'save', '-o', 'killed/saved.tar', 'large:1')).toMatchObject({ stderr: '' });
  expect(readdirSync(directory)).toEqual(['saved.tar']);
});

test('a disk that is full keeps nothing, and stays good for less', async () => {
  mkdirSync(store);
  await execa('mount', ['-t', 'tmpfs', '-o', 'mode=700,size=24m', 'tmpfs', store]);
  try {
    const failed = await sc('image', 'load', 'large.tar');
    expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('ENOSPC') });
    expect(await names()).toEqual([]);
    expect(kept()).toEqual([]);
    expect(await sc('image', 'import', 'rootfs.tar', 'small:1')).toMatchObject({ exitCode: 0 });
    expect(await sc('run', '--rm', 'small:1', 'true')).toMatchObject({ exitCode: 0 });
  } finally {
    await unmount(store);
  }
});

test('two loads of the same image at the same time are one image', async () => {
  const loads = await Promise.all([sc('image', 'load', 'large.tar'), sc('image', 'load', 'large.tar')]);
  for (const load of loads) expect(load).toMatchObject({ stdout: 'Loaded image: large:1\n', stderr: '' });
  expect(await names()).toEqual(['large:1']);
  expect(readdirSync(join(store, 'storage/overlay/.layers'))).toHaveLength(2);
  expect((await sc('image', 'verify')).exitCode).toBe(0);
});

test('an image that is removed while a container starts: the container runs, or is refused whole', async () => {
  for (let round = 0; round < 4; round++) {
    await sc('image', 'import', 'rootfs.tar', 'web:1');
    const [run, removal] = await Promise.all([
      sc('run', '--rm', 'web:1', 'echo', 'runs'),
      sc('image', 'remove', 'web:1'),
    ]);
    if (run.exitCode === 0) expect(run.stdout).toBe('runs\n');
    else
      expect(run).toMatchObject({ exitCode: 125, stderr: expect.stringMatching(/^sc: .*(no image|layer)/) });
    if (removal.exitCode !== 0) expect(removal.stderr).toContain('stands on it');
  }
  await sc('image', 'prune', '--all');
  expect(kept()).toEqual([]);
});

test('a Debian goes out in both formats and comes back with every file as it was', async () => {
  await execa('tar', [
    '-C',
    debian,
    '--xattrs',
    '--xattrs-include=*',
    '--format=pax',
    '-cf',
    at('debian.tar'),
    '.',
  ]);
  await sc('image', 'import', 'debian.tar', 'debian:12');
  const expected = describeTree(debian);
  expect(Object.keys(expected).length).toBeGreaterThan(5_000);
  for (const format of ['oci', 'docker']) {
    await sc('image', 'save', '--format', format, '-o', `${format}.tar`, 'debian:12');
    store = at(`debian-${format}`);
    await sc('image', 'load', `${format}.tar`);
    const [key = ''] = readdirSync(join(store, 'storage/overlay/.layers'));
    expect(describeTree(join(store, 'storage/overlay/.layers', key, 'tree'))).toEqual(expected);
    const { stdout } = await sc('image', 'inspect', 'debian:12');
    expect((JSON.parse(stdout) as ImageInspectResult).names).toEqual(['debian:12']);
  }
}, 120_000);

test.each([
  ['no program', {}, 'has no program of its own', 'say which program to run'],
  [
    'a variable without a name',
    { Cmd: ['true'], Env: ['=x'] },
    'Env[0] "=x"',
    'another image: `sc image inspect`',
  ],
  [
    'no such signal',
    { Cmd: ['true'], StopSignal: 'FOO' },
    'StopSignal "FOO"',
    'another image: `sc image inspect`',
  ],
])('an image with %s is told with what can be done', async (_, config, words, hint) => {
  const image = makeImage([tarWith([{ path: 'file' }])], { config });
  writeFileSync(at('odd.tar'), tarOfMembers(layoutOf([{ name: 'odd:1', image }])));
  await sc('image', 'load', 'odd.tar');
  const failed = await sc('run', '--rm', 'odd:1');
  expect(failed.exitCode).toBe(125);
  expect(failed.stderr).toContain(words);
  expect(failed.stderr).toContain(`\nTry: ${hint}`);
});

test('a working directory through a link to nothing is named', async () => {
  await execa('sh', ['-c', 'cp -a rootfs linked; ln -s /nowhere linked/out'], { cwd: cli.directory });
  const failed = await sc('run', '--rm', '-w', '/out/in', './linked', 'true');
  expect(failed).toMatchObject({ exitCode: 125, stdout: '' });
  expect(failed.stderr).toMatch(
    /^sc: working directory "\/out\/in": open out: ENOENT .*\nTry: "\/out" is a link that leads to nothing/,
  );
});

test('a state directory that can only be read is told as that', async () => {
  mkdirSync(store);
  await execa('mount', ['-t', 'tmpfs', '-o', 'mode=700,ro', 'tmpfs', store]);
  try {
    for (const args of [
      ['image', 'import', 'rootfs.tar', 'web:1'],
      ['run', '--rm', './rootfs', 'true'],
      ['run', '-d', './rootfs', 'true'],
    ])
      expect((await sc(...args)).stderr).toMatch(/^sc: .*: EROFS\n$/);
  } finally {
    await unmount(store);
  }
});
