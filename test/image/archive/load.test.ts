import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ScError } from '../../../src/errors/error.ts';
import { loadDirectory, loadTar } from '../../../src/image/archive/load.ts';
import { entriesOf, type Loaded, type LoadOptions } from '../../../src/image/archive/loaded.ts';
import type { ArchiveLimits } from '../../../src/image/archive/tar-members.ts';
import type { Intake } from '../../../src/image/content/intake.ts';
import { ContentStore } from '../../../src/image/content/store.ts';
import { verify } from '../../../src/image/content/verify.ts';
import {
  digest,
  dockerArchiveOf,
  emptyTar,
  type HandMade,
  INDEX,
  imageOf,
  inChunks,
  json,
  LAYER,
  layoutOf,
  type MadeImage,
  makeImage,
  tarOfMembers,
  tarWith,
  writeMembers,
} from '../../support/images.ts';

type Members = Map<string, Buffer>;
type Options = LoadOptions & { limits?: Partial<ArchiveLimits> };

let directory: string;
let store: ContentStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-archive-'));
  store = new ContentStore(join(directory, 'images'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function loading(load: (intake: Intake) => Promise<Loaded[]>): Promise<Loaded[]> {
  const { loaded } = await store.write(async (intake) => {
    const loaded = await load(intake);
    return { loaded, entries: entriesOf(loaded) };
  });
  return loaded;
}

const fromTar = (bytes: Buffer, options?: Options) =>
  loading((intake) => loadTar(intake, inChunks(bytes), options));

function fromDirectory(members: Members, options?: LoadOptions): Promise<Loaded[]> {
  const source = mkdtempSync(join(directory, 'source-'));
  writeMembers(source, members);
  return loading((intake) => loadDirectory(intake, source, options));
}

/** Of a layout, as directory and as tar. */
const forms: [string, (members: Members, options?: LoadOptions) => Promise<Loaded[]>][] = [
  ['a directory', fromDirectory],
  ['a tar', (members, options) => fromTar(tarOfMembers(members), options)],
];

const blobs = () => {
  const place = join(store.directory, 'blobs/sha256');
  return readdirSync(place)
    .map((name) => `sha256:${name}`)
    .sort();
};

async function expectNothingKept(): Promise<void> {
  expect(store.entries()).toEqual([]);
  expect(blobs()).toEqual([]);
  expect(readdirSync(join(store.directory, '.incoming'))).toEqual([]);
}

async function expectRefusal(work: Promise<unknown>, code: string, message: string): Promise<void> {
  await expect(work).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  await expectNothingKept();
}

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

describe('platforms', () => {
  const amd = makeImage([emptyTar], { os: 'linux', architecture: 'amd64' });
  const arm = makeImage([emptyTar], { os: 'linux', architecture: 'arm64', variant: 'v8' });
  const attestation = makeImage(
    [],
    { architecture: 'unknown', os: 'unknown' },
    { config: { mediaType: 'application/x', digest: digest('x'), size: 1 } },
  );
  attestation.blobs.delete(attestation.id);
  attestation.blobs.set(digest('x'), Buffer.from('x'));

  function indexOf(...images: [MadeImage, string?][]): MadeImage {
    const manifests = images.map(([{ descriptor }, architecture]) => ({
      ...descriptor,
      ...(architecture !== undefined && {
        platform: { os: architecture === 'unknown' ? 'unknown' : 'linux', architecture },
      }),
    }));
    const bytes = json({ schemaVersion: 2, mediaType: INDEX, manifests });
    const descriptor = { mediaType: INDEX, digest: digest(bytes), size: bytes.length };
    const all = new Map([
      ...images.flatMap(([image]) => [...image.blobs]),
      [descriptor.digest, bytes] as const,
    ]);
    return { descriptor, id: '', blobs: all };
  }

  const both = indexOf([amd, 'amd64'], [arm, 'arm64'], [attestation, 'unknown']);
  const linux = (architecture: string) => ({ os: 'linux', architecture });

  test.each<[string, MadeImage]>([
    ['an index', both],
    ['an index that says no platforms', indexOf([arm], [amd])],
    ['an index in an index', indexOf([indexOf([arm, 'arm64'])], [indexOf([indexOf([amd])])])],
  ])('of %s the image for the platform that is asked for is taken alone', async (_, image) => {
    for (const [architecture, one] of [
      ['amd64', amd],
      ['arm64', arm],
    ] as const) {
      await fromDirectory(layoutOf([{ name: architecture, image }]), { platform: linux(architecture) });
      expect(store.find(architecture, linux(architecture)).image.id).toBe(one.id);
    }
    expect(blobs()).toEqual([...new Set([...amd.blobs.keys(), ...arm.blobs.keys()])].sort());
  });

  test('of images side by side, under one name or none, one is taken', async () => {
    for (const name of ['web', undefined]) {
      const members = layoutOf([amd, arm].map((image) => ({ ...(name && { name }), image })));
      const index = JSON.parse(String(members.get('index.json'))) as { manifests: object[] };
      const manifests = index.manifests.map((entry, at) => ({
        ...entry,
        platform: linux(at === 0 ? 'amd64' : 'arm64'),
      }));
      members.set('index.json', json({ ...index, manifests }));
      const loaded = await fromDirectory(members, { platform: linux('arm64') });
      expect(loaded.map(({ images }) => images.map(({ id }) => id))).toEqual([[arm.id]]);
    }
  });

  test('all are kept where that is asked for, with what else is in the index', async () => {
    const members = layoutOf([{ name: 'web', image: both }]);
    const [loaded] = await fromTar(tarOfMembers(members), { allPlatforms: true });
    expect(loaded?.target).toEqual(both.descriptor);
    expect(loaded?.images.map(({ id }) => id)).toEqual([amd.id, arm.id]);
    expect(blobs()).toEqual([...both.blobs.keys()].sort());
    expect(store.find('web', linux('arm64')).image.id).toBe(arm.id);
  });

  test('images side by side become an index of their own where all are kept', async () => {
    const [loaded] = await fromDirectory(layoutOf([amd, arm].map((image) => ({ name: 'web', image }))), {
      allPlatforms: true,
    });
    expect(loaded?.target.mediaType).toBe(INDEX);
    expect(store.find('web', linux('amd64')).image.id).toBe(amd.id);
    expect(store.find('web', linux('arm64')).image.id).toBe(arm.id);
  });

  test('where no variant is asked for, an image for all processors goes before one for newer ones', async () => {
    const newer = makeImage([], { os: 'linux', architecture: 'amd64', variant: 'v3' });
    const image = indexOf([newer], [amd]);
    const manifests = [newer, amd].map(({ descriptor }, at) => ({
      ...descriptor,
      platform: { ...linux('amd64'), ...(at === 0 && { variant: 'v3' }) },
    }));
    const bytes = json({ schemaVersion: 2, mediaType: INDEX, manifests });
    const target = { mediaType: INDEX, digest: digest(bytes), size: bytes.length };
    const blobs = new Map([...image.blobs, [target.digest, bytes] as const]);
    const members = layoutOf([{ name: 'web', image: { descriptor: target, id: '', blobs } }]);
    await fromDirectory(members, { platform: linux('amd64') });
    expect(store.find('web', linux('amd64')).image.id).toBe(amd.id);
    await fromDirectory(members, { platform: { ...linux('amd64'), variant: 'v3' } });
    expect(store.find('web', linux('amd64')).image.id).toBe(newer.id);
  });

  test('what a config says counts, and not what is said of it', async () => {
    const lie = indexOf([arm, 'amd64']);
    await expectRefusal(
      fromDirectory(layoutOf([{ name: 'web', image: lie }]), { platform: linux('amd64') }),
      'SC_UNSUPPORTED',
      'image "web:latest" is not for linux/amd64: it is for linux/arm64/v8',
    );
  });

  test('of images without end none is taken', async () => {
    const image = imageOf('web');
    const many = Array.from({ length: 1001 }, (_, index) => ({ name: `web${index}`, image }));
    await expectRefusal(
      fromDirectory(layoutOf(many)),
      'SC_BAD_IMAGE',
      'there are more than 1000 images in it',
    );
    await fromDirectory(layoutOf(many), { reference: 'web1000' });
    expect(store.entries()).toHaveLength(1);
  });

  test('an index that is nested too deep or too wide is refused', async () => {
    let deep = indexOf([amd, 'amd64']);
    for (let depth = 0; depth < 9; depth++) deep = indexOf([deep]);
    await expectRefusal(
      fromDirectory(layoutOf([{ image: deep }])),
      'SC_BAD_IMAGE',
      'it is nested more than 8 levels deep',
    );
    const wide = indexOf(
      ...Array.from({ length: 1001 }, (_, index) => [makeImage([], { author: `${index}` })] as [MadeImage]),
    );
    await expectRefusal(
      fromDirectory(layoutOf([{ image: wide }])),
      'SC_BAD_IMAGE',
      'it leads to more than 1000 image manifests',
    );
  });
});

describe('a tar', () => {
  const members = layoutOf([{ name: 'web', image: imageOf('web') }]);

  test('may have its members in any order, under names with ./, with directories and in chunks of any size', async () => {
    const orders = fc.shuffledSubarray([...members], { minLength: members.size });
    await fc.assert(
      fc.asyncProperty(
        orders,
        fc.boolean(),
        fc.integer({ min: 50, max: 5000 }),
        async (order, isDotted, size) => {
          const tar = tarWith([
            { path: './', type: 'directory' },
            ...order.map(([path, bytes]) => ({ path: isDotted ? `./${path}` : path, bytes })),
            { path: 'blobs/', type: 'directory' },
          ]);
          const [loaded] = await loading((intake) => loadTar(intake, inChunks(tar, size)));
          expect(loaded?.images[0]?.id).toBe(imageOf('web').id);
        },
      ),
      { numRuns: 15 },
    );
  });

  test.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
    ['xz', (bytes: Buffer) => execFileSync('xz', ['-c'], { input: bytes })],
    ['bzip2', (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes })],
  ])('may be compressed with %s', async (_, compress) => {
    const compressed = compress(tarOfMembers(members));
    const [loaded] = await fromTar(compressed);
    expect(loaded?.images[0]?.id).toBe(imageOf('web').id);
  });

  test.each([
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['nothing', (bytes: Buffer) => bytes],
  ])('that is cut off is refused wherever it ends, compressed with %s', async (_, compress) => {
    const bytes = compress(tarOfMembers(members));
    for (let part = 1; part < 10; part++)
      await expect(fromTar(bytes.subarray(0, Math.floor((bytes.length * part) / 10)))).rejects.toMatchObject({
        code: 'SC_BAD_IMAGE',
      });
    await expectNothingKept();
  });

  test('of which one byte is another is refused, and nothing is kept, or is the same image', async () => {
    const tars = [
      tarOfMembers(layoutOf([{ name: 'web', image: imageOf('web') }])),
      tarOfMembers(dockerArchiveOf([{ names: ['web'], image: imageOf('web') }])),
      gzipSync(tarOfMembers(members)),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...tars),
        fc.nat(),
        fc.integer({ min: 0, max: 7 }),
        async (tar, at, bit) => {
          const bytes = Buffer.from(tar);
          bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << bit);
          const outcome = await fromTar(bytes).catch((error: unknown) => error);
          if (outcome instanceof Error) {
            expect(['SC_BAD_IMAGE', 'SC_UNSUPPORTED', 'SC_STORAGE_FAILED']).toContain(
              (outcome as ScError).code,
            );
            await expectNothingKept();
          } else {
            expect(store.entries().flatMap((entry) => store.idsOf(entry))).toEqual([imageOf('web').id]);
            expect((await verify(store, store.entries(), { diffIds: true })).damages).toEqual([]);
            await store.collect({ used: () => [], forget: () => true });
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  const hostile: [string, (all: HandMade[]) => HandMade[], string][] = [
    [
      'a name that leads out',
      (all) => [...all, { path: '../evil' }],
      'member "../evil" of the archive: its name leads out of the archive',
    ],
    [
      'a name that leads out further on',
      (all) => [...all, { path: 'a/../../evil' }],
      'its name leads out of the archive',
    ],
    ['an absolute name', (all) => [...all, { path: '/etc/evil' }], 'its name leads out of the archive'],
    [
      'a symlink that leads out',
      (all) => [...all, { path: 'evil', type: 'symlink', link: '../../etc/passwd' }],
      'its name leads out of the archive',
    ],
    [
      'an absolute symlink',
      (all) => [...all, { path: 'evil', type: 'symlink', link: '/etc/passwd' }],
      'its name leads out of the archive',
    ],
    [
      'a hardlink that leads out',
      (all) => [...all, { path: 'evil', type: 'hardlink', link: '../evil' }],
      'its name leads out of the archive',
    ],
    [
      'a device',
      (all) => [...all, { path: 'evil', type: 'character' }],
      'member "evil" of the archive: it is a device or a FIFO',
    ],
    ['a FIFO', (all) => [...all, { path: 'evil', type: 'fifo' }], 'it is a device or a FIFO'],
    [
      'a second index',
      (all) => [...all, { path: './index.json', bytes: Buffer.from('{}') }],
      'member "index.json" of the archive: it is there twice',
    ],
    [
      'a link and a file of one name',
      (all) => [...all, { path: 'index.json', type: 'symlink', link: 'oci-layout' }],
      'it is there twice',
    ],
    [
      'a file and a link of one name',
      (all) => [{ path: 'index.json', type: 'symlink', link: 'oci-layout' }, ...all],
      'it is there twice',
    ],
    [
      'a link to itself',
      (all) => [
        ...all.filter(({ path }) => path !== 'index.json'),
        { path: 'index.json', type: 'symlink', link: 'index.json' },
      ],
      'it leads over more than 8 links',
    ],
    [
      'a link to nothing',
      (all) => [
        ...all.filter(({ path }) => path !== 'oci-layout'),
        { path: 'oci-layout', type: 'symlink', link: 'nothing' },
      ],
      'it has neither',
    ],
    [
      'the files of a root filesystem',
      (all) => [{ path: 'usr/share/doc/x' }, ...all],
      'an image archive has none so deep',
    ],
    [
      'an index that is a directory',
      (all) => [
        ...all.filter(({ path }) => path !== 'index.json'),
        { path: 'index.json', type: 'directory' },
      ],
      'it has neither',
    ],
  ];

  test.each(hostile)('with %s is refused, and nothing is kept', async (_, change, message) => {
    const all = [...members].map(([path, bytes]) => ({ path, bytes }));
    await expectRefusal(fromTar(tarWith(change(all))), 'SC_BAD_IMAGE', message);
  });

  test('with more members or bytes than are allowed is refused', async () => {
    const tar = tarOfMembers(members);
    await expectRefusal(fromTar(tar, { limits: { members: 4 } }), 'SC_BAD_IMAGE', 'there are more than 4');
    await expectRefusal(fromTar(tar, { limits: { bytes: 1023 } }), 'SC_BAD_IMAGE', 'and 1023 are allowed');
  });

  test('that is sparse is refused, so that no hole becomes a terabyte', async () => {
    const source = join(directory, 'sparse');
    writeMembers(source, members);
    execFileSync('truncate', ['-s', '1T', join(source, 'hole')]);
    const tar = execFileSync('tar', ['-C', source, '-cS', '--format=gnu', 'hole'], { maxBuffer: 2 ** 26 });
    await expectRefusal(fromTar(tar), 'SC_BAD_IMAGE', 'allowed');
    execFileSync('truncate', ['-s', '1G', join(source, 'hole')]);
    const small = execFileSync('tar', ['-C', source, '-cS', '--format=posix', 'hole'], {
      maxBuffer: 2 ** 26,
    });
    await expectRefusal(fromTar(small), 'SC_BAD_IMAGE', 'it is sparse');
  });

  test('of neither form is refused with what to do', async () => {
    await expect(fromTar(tarWith([{ path: 'etc/passwd' }]))).rejects.toMatchObject({
      code: 'SC_BAD_IMAGE',
      message:
        'load images of the archive: it has neither "oci-layout" with "index.json" nor "manifest.json"',
      hint: expect.stringContaining('sc image import'),
    });
    await expect(fromTar(Buffer.from('no tar'.repeat(1000)))).rejects.toMatchObject({ code: 'SC_BAD_IMAGE' });
  });
});

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
    ['no image', (members) => members.set('manifest.json', json([])), 'there is no image in it'],
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
