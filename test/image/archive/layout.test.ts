import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { loadDirectory } from '../../../src/image/archive/load.ts';
import type { Loaded, LoadOptions } from '../../../src/image/archive/loaded.ts';
import { verify } from '../../../src/image/content/verify.ts';
import {
  digest,
  emptyTar,
  INDEX,
  imageOf,
  json,
  LAYER,
  layoutOf,
  MANIFEST,
  type MadeImage,
  makeImage,
  tarOfMembers,
  writeMembers,
} from '../../support/images.ts';
import {
  blobs,
  directory,
  expectNothingKept,
  expectRefusal,
  fromDirectory,
  fromTar,
  loading,
  type Members,
  store,
  withStores,
} from './loading.ts';

withStores();

/** Of a layout, as directory and as tar. */
const forms: [string, (members: Members, options?: LoadOptions) => Promise<Loaded[]>][] = [
  ['a directory', fromDirectory],
  ['a tar', (members, options) => fromTar(tarOfMembers(members), options)],
];

describe.each(forms)('an OCI image layout as %s', (_, load) => {
  test('gives its images under their names, with all their blobs and no others', async () => {
    const [first, second] = [imageOf('first'), imageOf('second')];
    const members = layoutOf([
      { name: 'example.com/first:1.0', image: first },
      { name: 'second', image: second },
      { name: 'twice', image: second },
    ]);
    members.set(`blobs/sha256/${digest('other').slice(7)}`, Buffer.from('other'));
    const loaded = await load(members);
    expect(loaded.map(({ names, images }) => [names, images.map(({ id }) => id)])).toEqual([
      [['example.com/first:1.0'], [first.id]],
      [['second:latest'], [second.id]],
      [['twice:latest'], [second.id]],
    ]);
    expect(store.find('first:1.0').image).toMatchObject({ id: first.id, descriptor: first.descriptor });
    expect(blobs()).toEqual([...new Set([...first.blobs.keys(), ...second.blobs.keys()])].sort());
    expect((await verify(store, store.entries())).damages).toEqual([]);
  });

  test('gives the one that is asked for, under the name that is given', async () => {
    const members = layoutOf(['first', 'second'].map((name) => ({ name, image: imageOf(name) })));
    await load(members, { reference: 'second', name: 'web:2' });
    expect(store.entries().map(({ name }) => name)).toEqual(['web:2']);
    expect(store.find('web:2').image.id).toBe(imageOf('second').id);
    await expect(load(members, { reference: 'secnod' })).rejects.toMatchObject({
      code: 'SC_NOT_FOUND',
      message: 'no image "secnod" in it; did you mean second:latest',
      hint: 'it has first:latest, second:latest',
    });
    await expect(load(members, { name: 'web' })).rejects.toMatchObject({ code: 'SC_USAGE' });
  });

  test.each(['V1.0', 'RELEASE', 'docker.io/base/web:1.0@nowhere'])(
    'gives one whose name %s is none here under another',
    async (name) => {
      const members = layoutOf([
        { name, image: imageOf('first') },
        { name: 'second', image: imageOf('second') },
      ]);
      await expect(load(members)).rejects.toMatchObject({
        code: 'SC_BAD_IMAGE',
        message: `read "index.json": "${name}" is no name of an image`,
        hint: 'load it under another name: --name NAME',
      });
      await load(members, { reference: name, name: 'web:1' });
      expect(store.find('web:1').image.id).toBe(imageOf('first').id);
    },
  );

  test('does not bring what others say of its images into the index of the store', async () => {
    const image = imageOf('web');
    const said = { platform: { os: 'linux', architecture: 'amd64', filler: 'x' }, data: 'eA==', urls: ['x'] };
    await load(
      layoutOf([{ name: 'web', image: { ...image, descriptor: { ...image.descriptor, ...said } } }]),
    );
    expect(store.entries()).toEqual([
      {
        name: 'web:latest',
        target: { ...image.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
      },
    ]);
  });

  test('keeps what others have added to its documents, and the ID', async () => {
    const image = makeImage(
      [emptyTar],
      { 'x-own': { deep: [null] } },
      { 'x-own': 1, annotations: { a: 'b' } },
    );
    await load(layoutOf([{ name: 'web', image }]));
    expect(store.find('web').image).toMatchObject({ id: image.id, config: { 'x-own': { deep: [null] } } });
  });

  test.each<[string, (image: MadeImage) => Members, string, string]>([
    [
      'no such version',
      (image) => layoutOf([{ image }]).set('oci-layout', json({ imageLayoutVersion: '1.1.0' })),
      'SC_BAD_IMAGE',
      'it has to be "1.0.0"',
    ],
    ['no images', () => layoutOf([]), 'SC_BAD_IMAGE', 'read "index.json": there is no image in it'],
    [
      'an index that is none',
      (image) => layoutOf([{ image }]).set('index.json', Buffer.from('{')),
      'SC_BAD_IMAGE',
      'read "index.json": it is no JSON',
    ],
    [
      'an index that is an image manifest too',
      (image) => layoutOf([{ image }], { layers: [], config: {} }),
      'SC_BAD_IMAGE',
      'it has "manifests" and "layers"',
    ],
    [
      'an index of the type of an image manifest',
      (image) => layoutOf([{ image: { ...image, descriptor: { ...image.descriptor, mediaType: INDEX } } }]),
      'SC_BAD_IMAGE',
      'it has "layers" in place of "manifests"',
    ],
    [
      'an index of images of another kind',
      (image) =>
        layoutOf([{ image: { ...image, descriptor: { ...image.descriptor, mediaType: 'text/plain' } } }]),
      'SC_UNSUPPORTED',
      '"text/plain" is no part of a container image',
    ],
    [
      'a digest that leads elsewhere',
      (image) =>
        layoutOf([
          { image: { ...image, descriptor: { ...image.descriptor, digest: 'sha256:../../index.json' } } },
        ]),
      'SC_BAD_IMAGE',
      'a digest is "sha256:" and 64 hex digits',
    ],
    [
      'a digest of sha512',
      (image) =>
        layoutOf([
          { image: { ...image, descriptor: { ...image.descriptor, digest: `sha512:${'a'.repeat(128)}` } } },
        ]),
      'SC_BAD_IMAGE',
      'sha512 is not supported, only sha256',
    ],
    [
      'a name that is none',
      (image) => layoutOf([{ name: '../web', image }]),
      'SC_BAD_IMAGE',
      '"../web" is no name of an image',
    ],
    [
      'an index.json that says to be an image manifest',
      (image) => layoutOf([{ image }], { mediaType: MANIFEST }),
      'SC_BAD_IMAGE',
      `it says that it is "${MANIFEST}", and it is an index`,
    ],
    [
      'an image manifest that is missing',
      (image) => without(layoutOf([{ image }]), image.descriptor.digest),
      'SC_BAD_IMAGE',
      'it is missing',
    ],
    [
      'a config that is missing',
      (image) => without(layoutOf([{ image }]), image.id),
      'SC_BAD_IMAGE',
      'it is missing',
    ],
    [
      'a layer that is missing',
      (image) => without(layoutOf([{ image }]), digest(emptyTar)),
      'SC_BAD_IMAGE',
      'it is missing',
    ],
    [
      'an image manifest of other bytes',
      (image) => changed(layoutOf([{ image }]), image.descriptor.digest),
      'SC_BAD_IMAGE',
      'its digest is',
    ],
    [
      'a config of other bytes',
      (image) => changed(layoutOf([{ image }]), image.id),
      'SC_BAD_IMAGE',
      'its digest is',
    ],
    [
      'a layer of other bytes',
      (image) => changed(layoutOf([{ image }]), digest(emptyTar)),
      'SC_BAD_IMAGE',
      'its digest is',
    ],
    [
      'a layer with a byte more',
      (image) => longer(layoutOf([{ image }]), digest(emptyTar)),
      'SC_BAD_IMAGE',
      'it has more than 1024 bytes',
    ],
    [
      'a config that is too large',
      (image) => layoutOf([{ image: { ...image, descriptor: { ...image.descriptor, size: 4_194_305 } } }]),
      'SC_BAD_IMAGE',
      'it has 4194305 bytes, and 4194304 are allowed',
    ],
    [
      'a size that is one too small',
      (image) =>
        layoutOf([
          { image: { ...image, descriptor: { ...image.descriptor, size: image.descriptor.size - 1 } } },
        ]),
      'SC_BAD_IMAGE',
      'it has more than',
    ],
    [
      'a size that is one too large',
      (image) =>
        layoutOf([
          { image: { ...image, descriptor: { ...image.descriptor, size: image.descriptor.size + 1 } } },
        ]),
      'SC_BAD_IMAGE',
      'in place of',
    ],
    [
      'more layers than diffIDs',
      () => layoutOf([{ image: makeImage([emptyTar], { rootfs: { type: 'layers', diff_ids: [] } }) }]),
      'SC_BAD_IMAGE',
      'it has 1 layers, and its config 0 diffIDs',
    ],
    [
      'more layers than can be mounted',
      () => layoutOf([{ image: makeImage(Array.from({ length: 501 }, () => emptyTar)) }]),
      'SC_BAD_IMAGE',
      'it has 501 layers, and 500 are allowed',
    ],
    [
      'a root filesystem that is no layers',
      () =>
        layoutOf([
          { image: makeImage([emptyTar], { rootfs: { type: 'base', diff_ids: [digest(emptyTar)] } }) },
        ]),
      'SC_BAD_IMAGE',
      '"rootfs.type" is "base"',
    ],
    [
      'a config without architecture',
      () => layoutOf([{ image: makeImage([emptyTar], { architecture: undefined }) }]),
      'SC_BAD_IMAGE',
      'it has no "architecture"',
    ],
    [
      'a layer that is no layer',
      () =>
        layoutOf([
          {
            image: makeImage(
              [emptyTar],
              {},
              { layers: [{ mediaType: 'application/json', digest: digest(emptyTar), size: 1024 }] },
            ),
          },
        ]),
      'SC_UNSUPPORTED',
      '"application/json" is no part of a container image',
    ],
    [
      'a config that is no config',
      () =>
        layoutOf([
          {
            image: makeImage(
              [],
              {},
              { config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digest('{}'), size: 2 } },
            ),
          },
        ]),
      'SC_UNSUPPORTED',
      'no part of a container image',
    ],
    [
      'a layer whose type says gzip',
      () =>
        layoutOf([
          {
            image: makeImage(
              [emptyTar],
              {},
              { layers: [{ mediaType: `${LAYER}+gzip`, digest: digest(emptyTar), size: 1024 }] },
            ),
          },
        ]),
      'SC_BAD_IMAGE',
      'its media type says gzip, and its bytes say no compression',
    ],
    [
      'a layer whose type says that it is not compressed',
      () => layoutOf([{ image: makeImage([gzipSync(emptyTar)]) }]),
      'SC_BAD_IMAGE',
      'its media type says no compression, and its bytes say gzip',
    ],
    [
      'images for another platform',
      () => layoutOf([{ name: 'web', image: makeImage([], { architecture: 's390x' }) }]),
      'SC_UNSUPPORTED',
      'image "web:latest" is not for linux/amd64: it is for linux/s390x',
    ],
  ])('with %s is refused, and nothing is kept', async (_what, make, code, message) => {
    await expectRefusal(
      load(make(imageOf('web'))),
      code,
      message.replace('linux/amd64', `linux/${hostArchitecture}`),
    );
  });
});

const hostArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;
const place = (blob: string) => `blobs/sha256/${blob.slice(7)}`;

function without(members: Members, blob: string): Members {
  members.delete(place(blob));
  return members;
}

function changed(members: Members, blob: string): Members {
  const bytes = Buffer.from(members.get(place(blob)) ?? '');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return members.set(place(blob), bytes);
}

function longer(members: Members, blob: string): Members {
  return members.set(
    place(blob),
    Buffer.concat([members.get(place(blob)) ?? Buffer.alloc(0), Buffer.alloc(1)]),
  );
}

describe('a directory', () => {
  test('shows nothing of the host by its links', async () => {
    const source = join(directory, 'source');
    const image = imageOf('web');
    writeMembers(source, layoutOf([{ image }]));
    const secret = join(directory, 'secret');
    writeFileSync(secret, emptyTar);
    rmSync(join(source, place(digest(emptyTar))));
    symlinkSync(secret, join(source, place(digest(emptyTar))));
    await expectRefusal(
      loading((intake) => loadDirectory(intake, source)),
      'SC_BAD_IMAGE',
      'it is missing',
    );
  });

  test('may have its blobs elsewhere below it', async () => {
    const source = join(directory, 'source');
    writeMembers(source, layoutOf([{ name: 'web', image: imageOf('web') }]));
    execFileSync('mv', [join(source, 'blobs'), join(source, 'shared')]);
    symlinkSync('shared', join(source, 'blobs'));
    await loading((intake) => loadDirectory(intake, source));
    expect(store.find('web').image.id).toBe(imageOf('web').id);
  });

  test('is not waited for where a FIFO, a directory or a loop stands in it', async () => {
    for (const make of [
      (path: string) => execFileSync('mkfifo', [path]),
      (path: string) => mkdirSync(path),
      (path: string) => symlinkSync('index.json', path),
    ]) {
      const source = mkdtempSync(join(directory, 'source-'));
      writeMembers(source, layoutOf([{ image: imageOf('web') }]));
      rmSync(join(source, 'index.json'));
      make(join(source, 'index.json'));
      await expect(loading((intake) => loadDirectory(intake, source))).rejects.toMatchObject({
        code: 'SC_BAD_IMAGE',
      });
    }
    await expectNothingKept();
  });

  test('that is none, or no layout, is told of', async () => {
    const absent = join(directory, 'absent');
    await expect(loading((intake) => loadDirectory(intake, absent))).rejects.toMatchObject({
      code: 'SC_NOT_FOUND',
      message: `read the image layout "${absent}": open "${absent}": ENOENT`,
    });
    mkdirSync(absent);
    await expect(loading((intake) => loadDirectory(intake, absent))).rejects.toMatchObject({
      code: 'SC_BAD_IMAGE',
      message: `load images of directory "${absent}": it has no file "oci-layout"`,
    });
  });
});
