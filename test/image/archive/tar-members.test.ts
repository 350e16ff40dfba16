import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScError } from '../../../src/errors/error.ts';
import { loadTar } from '../../../src/image/archive/load.ts';
import { verify } from '../../../src/image/content/verify.ts';
import {
  dockerArchiveOf,
  type HandMade,
  imageOf,
  inChunks,
  layoutOf,
  tarOfMembers,
  tarWith,
  writeMembers,
} from '../../support/images.ts';
import {
  directory,
  expectNothingKept,
  expectRefusal,
  fromTar,
  loading,
  store,
  withStores,
} from './loading.ts';

withStores();

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
