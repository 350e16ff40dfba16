import { execFileSync } from 'node:child_process';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { verify } from '../../../src/image/content/verify.ts';
import {
  digest,
  dockerArchiveOf,
  emptyTar,
  imageOf,
  json,
  LAYER,
  layoutOf,
  type MadeImage,
  makeImage,
  tarOfMembers,
  tarWith,
} from '../../support/images.ts';
import { blobs, expectRefusal, fromTar, type Members, store, withStores } from './loading.ts';

withStores();

const place = (blob: string) => `blobs/sha256/${blob.slice(7)}`;

describe("docker's archive", () => {
  test('gives its images under all their names, and keeps their IDs', async () => {
    const layers = ['a', 'b'].map((name) => tarWith([{ path: name, bytes: Buffer.from(name) }]));
    const [both, one] = [makeImage(layers), makeImage(layers.slice(0, 1))];
    const members = dockerArchiveOf([
      { names: ['web:1', 'example.com/web:latest'], image: both },
      { names: null, image: one },
    ]);
    const loaded = await fromTar(tarOfMembers(members));
    expect(loaded.map(({ names, images }) => [names, images[0]?.id])).toEqual([
      [['web:1', 'example.com/web:latest'], both.id],
      [[], one.id],
    ]);
    expect(store.find('web:1').image.layers.map(({ diffId }) => diffId)).toEqual(layers.map(digest));
    expect(store.find(one.id)).toMatchObject({ name: undefined });
    expect((await verify(store, store.entries())).damages).toEqual([]);
    expect(blobs()).toHaveLength(6);
  });

  test('may have symlinks and hardlinks in place of layers that it has already', async () => {
    const layer = tarWith([{ path: 'a' }]);
    const image = makeImage([layer, layer, layer]);
    const config = image.blobs.get(image.id) ?? Buffer.alloc(0);
    const list = [{ Config: 'c.json', RepoTags: ['web'], Layers: ['1/layer.tar', '2/layer.tar', '3.tar'] }];
    await fromTar(
      tarWith([
        { path: '2/layer.tar', type: 'symlink', link: '../1/layer.tar' },
        { path: '1/layer.tar', bytes: layer },
        { path: '3.tar', type: 'hardlink', link: '2/layer.tar' },
        { path: 'c.json', bytes: config },
        { path: 'manifest.json', bytes: json(list) },
      ]),
    );
    expect(store.find('web').image.id).toBe(image.id);
  });

  test.each([
    ['gzip', gzipSync, 'tar+gzip'],
    ['zstd', zstdCompressSync, 'tar+zstd'],
    ['xz', (bytes: Buffer) => execFileSync('xz', ['-c'], { input: bytes }), 'tar'],
  ] as [string, (bytes: Buffer) => Buffer, string][])(
    'may have layers compressed with %s',
    async (_, compress, type) => {
      const image = imageOf('web');
      const members = dockerArchiveOf([{ names: ['web'], image }]);
      members.set(`${digest(emptyTar).slice(7)}/layer.tar`, compress(emptyTar));
      await fromTar(tarOfMembers(members));
      const { image: found } = store.find('web');
      expect(found.id).toBe(image.id);
      expect(found.layers[0]?.blob.mediaType).toBe(LAYER.replace('tar', type));
      expect(blobs()).toHaveLength(3);
    },
  );

  test.each<[string, (members: Members, image: MadeImage) => Members, string]>([
    [
      'a layer that is missing',
      (members) => new Map([...members].filter(([name]) => !name.endsWith('layer.tar'))),
      'it is missing',
    ],
    [
      'a layer of another diffID',
      (members) => members.set(`${digest(emptyTar).slice(7)}/layer.tar`, tarWith([{ path: 'evil' }])),
      'its diffID is',
    ],
    [
      'a config of other bytes',
      (members, image) =>
        members.set(
          `${image.id.slice(7)}.json`,
          Buffer.concat([image.blobs.get(image.id) ?? emptyTar, Buffer.from(' ')]),
        ),
      'its digest is',
    ],
    [
      'a config that leads out',
      (members) => members.set('manifest.json', json([{ Config: '../../etc/passwd', Layers: [] }])),
      'its name leads out of the archive',
    ],
    [
      'a config that is missing',
      (members) => members.set('manifest.json', json([{ Config: 'x.json', Layers: [] }])),
      'member "x.json" of the archive: it is missing',
    ],
    [
      'fewer layers than diffIDs',
      (members, image) =>
        members.set('manifest.json', json([{ Config: `${image.id.slice(7)}.json`, Layers: [] }])),
      'it has 1 diffIDs for 0 layers',
    ],
    [
      'a name that is none',
      (members, image) =>
        members.set(
          'manifest.json',
          json([{ Config: `${image.id.slice(7)}.json`, RepoTags: ['A B'], Layers: [] }]),
        ),
      '"A B" is no name of an image',
    ],
    [
      'a list that is none',
      (members) => members.set('manifest.json', json({ layers: [] })),
      'it must be array',
    ],
    [
      'two images of one name',
      (_, image) =>
        dockerArchiveOf([
          { names: ['web', 'web:latest'], image },
          { names: ['other', 'web:latest'], image: imageOf('other') },
        ]),
      'two images in it are called "web:latest"',
    ],
    ['no image', (members) => members.set('manifest.json', json([])), 'there is no image in it'],
    [
      'names without end',
      (_, image) =>
        dockerArchiveOf([{ names: Array.from({ length: 1001 }, (_, index) => `web:${index}`), image }]),
      'read "manifest.json": there are more than 1000 names of images in it',
    ],
    [
      'images without end',
      (_, image) => dockerArchiveOf(Array.from({ length: 1001 }, () => ({ names: null, image }))),
      'read "manifest.json": there are more than 1000 images in it',
    ],
  ])('with %s is refused, and nothing is kept', async (_, change, message) => {
    const image = imageOf('web');
    const members = change(dockerArchiveOf([{ names: ['web'], image }]), image);
    await expectRefusal(fromTar(tarOfMembers(members)), 'SC_BAD_IMAGE', message);
  });

  test('for another platform is refused unless that is asked for', async () => {
    const image = makeImage([], { architecture: 's390x' });
    const tar = tarOfMembers(dockerArchiveOf([{ names: ['web'], image }]));
    await expectRefusal(fromTar(tar), 'SC_UNSUPPORTED', 'it is for linux/s390x and not for');
    const platform = { os: 'linux', architecture: 's390x' };
    await fromTar(tar, { platform });
    expect(store.find('web', platform).image.id).toBe(image.id);
  });

  test('of today is an OCI image layout too, with whole names beside tags', async () => {
    const image = imageOf('web');
    const members = layoutOf([{ name: '1.0', image }]);
    const index = JSON.parse(String(members.get('index.json'))) as {
      manifests: { annotations: Record<string, string> }[];
    };
    for (const { annotations } of index.manifests)
      annotations['io.containerd.image.name'] = 'example.com/base/web:1.0';
    members.set('index.json', json(index));
    members.set(
      'manifest.json',
      json([{ Config: place(image.id), RepoTags: ['web:1.0'], Layers: [place(digest(emptyTar))] }]),
    );
    await fromTar(tarOfMembers(members));
    expect(store.entries().map(({ name }) => name)).toEqual(['example.com/base/web:1.0']);
  });
});
