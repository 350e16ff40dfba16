import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { loadDirectory, loadTar } from '../../../src/image/archive/load.ts';
import { type ImportOptions, importRootFilesystem } from '../../../src/image/archive/root-filesystem.ts';
import { dockerTar } from '../../../src/image/archive/save-docker.ts';
import { layoutTar, saveLayout } from '../../../src/image/archive/save-layout.ts';
import { ContentStore } from '../../../src/image/content/store.ts';
import {
  digest,
  dockerArchiveOf,
  everythingIn,
  imageOf,
  inChunks,
  LAYER,
  layoutOf,
  type MadeImage,
  makeImage,
  tarOfMembers,
  tarWith,
  whole,
} from '../../support/images.ts';
import { directory, loading, store, withStores } from './loading.ts';

withStores();

const load = (bytes: Buffer, into = store) => loading((intake) => loadTar(intake, inChunks(bytes)), into);
const saved = () =>
  store.entries().map(({ name, target }) => ({ names: name === undefined ? [] : [name], target }));
const savedImages = () =>
  store
    .entries()
    .flatMap((entry) =>
      store.images(entry).map((image) => ({ names: entry.name === undefined ? [] : [entry.name], image })),
    );
const layer = tarWith([
  { path: 'etc/', type: 'directory' },
  { path: 'etc/name', bytes: Buffer.from('web') },
]);

/** An image whose layers are compressed in each of the ways that there are. */
function compressedImage(): MadeImage {
  const plain = ['gzip', 'zstd', 'none'].map((name) =>
    tarWith([{ path: name, bytes: Buffer.alloc(10_000, name) }]),
  );
  const blobs = [gzipSync(plain[0] ?? layer), zstdCompressSync(plain[1] ?? layer), plain[2] ?? layer];
  const types = ['+gzip', '+zstd', ''];
  const layers = blobs.map((bytes, index) => ({
    mediaType: `${LAYER}${types[index]}`,
    digest: digest(bytes),
    size: bytes.length,
  }));
  const image = makeImage(plain, {}, { layers });
  for (const bytes of plain) image.blobs.delete(digest(bytes));
  for (const bytes of blobs) image.blobs.set(digest(bytes), bytes);
  return image;
}

describe('an OCI image layout', () => {
  test('goes out as it came in, every blob and every name', async () => {
    const members = layoutOf([
      { name: 'example.com/web:1.0', image: compressedImage() },
      { name: 'other:latest', image: imageOf('other') },
    ]);
    await load(tarOfMembers(members));
    const tar = await whole(layoutTar(store, saved()));
    const listed = execFileSync('tar', ['-t'], { input: tar, encoding: 'utf8' }).trim().split('\n');
    expect(listed).toEqual(['blobs/', 'blobs/sha256/', ...[...members.keys()].sort()]);
    const second = new ContentStore(join(directory, 'second'));
    await load(tar, second);
    expect(second.entries()).toEqual(store.entries());
    for (const [name, bytes] of members) {
      if (name.startsWith('blobs/'))
        expect(readFileSync(join(second.directory, name)).equals(bytes), name).toBe(true);
    }
  });

  test('is the same for the same images, as a tar and as a directory', async () => {
    await load(tarOfMembers(layoutOf([{ name: 'web', image: compressedImage() }])));
    const first = await whole(layoutTar(store, saved()));
    expect((await whole(layoutTar(store, saved()))).equals(first)).toBe(true);
    const place = join(directory, 'saved');
    await saveLayout(store, saved(), place);
    mkdirSync(join(directory, 'unpacked'));
    execFileSync('tar', ['-x', '-C', join(directory, 'unpacked')], { input: first });
    execFileSync('diff', ['-r', place, join(directory, 'unpacked')]);
    await loading((intake) => loadDirectory(intake, place), new ContentStore(join(directory, 'second')));
  });

  test('is not written over something, but into an empty directory', async () => {
    await load(tarOfMembers(layoutOf([{ name: 'web', image: imageOf('web') }])));
    const place = join(directory, 'saved');
    mkdirSync(place);
    await saveLayout(store, saved(), place);
    const before = everythingIn(directory);
    await expect(saveLayout(store, saved(), place)).rejects.toMatchObject({
      code: 'SC_EXISTS',
      message: `save images to "${place}": there is something`,
    });
    writeFileSync(join(directory, 'file'), '');
    await expect(saveLayout(store, saved(), join(directory, 'file'))).rejects.toMatchObject({
      code: 'SC_EXISTS',
    });
    rmSync(join(directory, 'file'));
    expect(everythingIn(directory)).toEqual(before);
  });

  test('takes away what one who was killed has left beside it, and nothing else', async () => {
    await load(tarOfMembers(layoutOf([{ name: 'web', image: imageOf('web') }])));
    const left = '.sc-layout-01234567-89ab-cdef-0123-456789abcdef';
    const others = ['.sc-layout-of-mine', 'images'];
    for (const name of [left, '.sc-layout-of-mine'])
      mkdirSync(join(directory, name, 'blobs'), { recursive: true });
    // As one is at it who writes another.
    const holder = execa('flock', [
      '--shared',
      '--no-fork',
      directory,
      'sh',
      '-c',
      'echo held; exec sleep 1000',
    ]);
    await once(holder.stdout, 'data');
    await saveLayout(store, saved(), join(directory, 'one'));
    expect(readdirSync(directory).sort()).toEqual([left, ...others, 'one'].sort());
    holder.kill('SIGKILL');
    await holder.catch(() => {});
    await saveLayout(store, saved(), join(directory, 'two'));
    expect(readdirSync(directory).sort()).toEqual([...others, 'one', 'two'].sort());
  });

  test('of a store with a blob that has changed is not written', async () => {
    const image = imageOf('web');
    await load(tarOfMembers(layoutOf([{ name: 'web', image }])));
    const path = join(store.directory, 'blobs/sha256', image.id.slice(7));
    writeFileSync(path, Buffer.alloc(image.blobs.get(image.id)?.length ?? 0, ' '));
    const place = join(directory, 'saved');
    await expect(saveLayout(store, saved(), place)).rejects.toMatchObject({
      code: 'SC_BAD_IMAGE',
      message: expect.stringContaining('its bytes are others'),
    });
    await expect(whole(layoutTar(store, saved()))).rejects.toMatchObject({ code: 'SC_BAD_IMAGE' });
    expect(readdirSync(directory)).toEqual(['images']);
  });

  test('on a full disk is a clean error, and nothing is kept', async () => {
    await load(tarOfMembers(layoutOf([{ name: 'web', image: makeImage([Buffer.alloc(1_000_000)]) }])));
    const disk = join(directory, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    try {
      await expect(saveLayout(store, saved(), join(disk, 'saved'))).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        errno: 'ENOSPC',
      });
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe("docker's archive", () => {
  test('has layers without compression, and comes back as the same images', async () => {
    const image = compressedImage();
    await load(
      tarOfMembers(
        layoutOf([{ name: 'web:1', image }, { name: 'web:2', image }, { image: imageOf('other') }]),
      ),
    );
    const tar = await whole(dockerTar(store, savedImages()));
    expect((await whole(dockerTar(store, savedImages()))).equals(tar)).toBe(true);
    const second = new ContentStore(join(directory, 'second'));
    await load(tar, second);
    expect(second.entries().map(({ name }) => name)).toEqual(['web:1', 'web:2', undefined]);
    expect(second.find('web:1').image.id).toBe(image.id);
    expect(second.find('web:1').image.layers.map(({ diffId, blob }) => diffId === blob.digest)).toEqual([
      true,
      true,
      true,
    ]);
    expect(second.find(imageOf('other').id).image.id).toBe(imageOf('other').id);
  });

  test('of an image whose layer has another diffID is not written', async () => {
    const lie = makeImage([layer], { rootfs: { type: 'layers', diff_ids: [digest('other')] } });
    await load(tarOfMembers(layoutOf([{ name: 'web', image: lie }])));
    await expect(whole(dockerTar(store, savedImages()))).rejects.toMatchObject({
      code: 'SC_BAD_IMAGE',
      message: `read layer ${digest(layer)}: its diffID is ${digest(layer)} in place of ${digest('other')}`,
    });
  });
});

describe('a root filesystem', () => {
  const importing = async (bytes: Buffer, options?: ImportOptions) => {
    const [loaded] = await loading((intake) => importRootFilesystem(intake, inChunks(bytes), options));
    return loaded?.images[0];
  };

  test('becomes an image of one layer, the same each time', async () => {
    const config = { Cmd: ['/bin/sh'], Env: ['A=b'] };
    const image = await importing(layer, { names: ['web'], config });
    expect(image?.config).toMatchObject({
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config,
      rootfs: { type: 'layers', diff_ids: [digest(layer)] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'sc image import' }],
    });
    expect(store.find('web').image.id).toBe(image?.id);
    expect((await importing(layer, { config }))?.id).toBe(image?.id);
    expect((await importing(layer, { config, created: '2024-05-01T12:00:00Z' }))?.id).not.toBe(image?.id);
  });

  test.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes), '+gzip'],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes), '+zstd'],
    ['xz', (bytes: Buffer) => execFileSync('xz', ['-c'], { input: bytes }), ''],
    ['bzip2', (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes }), ''],
  ])('may be compressed with %s', async (_, compress, type) => {
    const bytes = compress(layer);
    const image = await importing(bytes);
    expect(image?.layers).toEqual([
      expect.objectContaining({
        diffId: digest(layer),
        blob: expect.objectContaining({
          mediaType: LAYER + type,
          digest: type === '' ? digest(layer) : digest(bytes),
        }),
      }),
    ]);
  });

  test.each<[string, () => Buffer, string]>([
    ['nothing', () => Buffer.alloc(0), 'there is nothing in the tar'],
    ['an empty tar', () => Buffer.alloc(10240), 'there is nothing in the tar'],
    ['no tar', () => Buffer.from('text'.repeat(500)), 'read the tar'],
    ['half a tar', () => layer.subarray(0, 1100), 'cut off'],
    ['half of a compressed tar', () => gzipSync(layer).subarray(0, 60), 'it is cut off'],
    [
      'an OCI image layout',
      () => tarOfMembers(layoutOf([{ image: imageOf('web') }])),
      'it is the archive of an image',
    ],
    [
      "docker's archive",
      () => tarOfMembers(dockerArchiveOf([{ names: null, image: imageOf('web') }])),
      'it is the archive of an image',
    ],
  ])('that is %s is refused, and nothing is kept', async (_, make, message) => {
    await expect(importing(make())).rejects.toMatchObject({
      code: 'SC_BAD_IMAGE',
      message: expect.stringContaining(message),
    });
    expect(readdirSync(join(store.directory, 'blobs/sha256'))).toEqual([]);
    expect(readdirSync(join(store.directory, '.incoming'))).toEqual([]);
  });
});
