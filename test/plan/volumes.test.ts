import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOwner } from '../../src/document/owner.ts';
import { Fields } from '../../src/plan/fields.ts';
import { faultsOfVolumes, normalTarget, volumesOfImage } from '../../src/plan/image-volumes.ts';
import { compileMounts } from '../../src/plan/mounts.ts';
import { anonymousNames, compileVolume, stepsOfVolume } from '../../src/plan/volumes.ts';
import type { Mount, Volume } from '../../src/schema/container-file.ts';
import type { ContainerSpec } from '../../src/schema/container-spec.ts';
import type { VolumeSpec } from '../../src/schema/volume-spec.ts';

const id = 'c0ffee'.padEnd(64, '0');
const path = (name: string) => `/root/volumes/${name}/data`;

function mountsOf(mounts: readonly Mount[], more: Partial<Parameters<typeof compileMounts>[2]> = {}) {
  const context = {
    directory: '/srv',
    volumes: { path, known: new Map() },
    anonymousName: anonymousNames(id, undefined),
    ofImage: [],
    taken: [],
    ...more,
  };
  return compileMounts(mounts, [], context, new Fields('file'));
}

describe('a mount of a volume', () => {
  test('is a bind of its directory', () => {
    expect(mountsOf([{ volume: 'data', target: '/a/', readOnly: true, subpath: 'x/' }])).toEqual([
      {
        type: 'bind',
        source: path('data'),
        target: '/a',
        readOnly: true,
        subpath: 'x',
        volume: { name: 'data', anonymous: false, copy: true },
      },
    ]);
  });

  test('without a name has one of the container and the target', () => {
    const [one, two] = mountsOf([
      { volume: true, target: '/a' },
      { volume: true, target: '/b', copy: false },
    ]).flatMap((mount) => (mount.type === 'bind' ? [mount] : []));
    expect(one).toMatchObject({ ifMissing: 'create', volume: { anonymous: true, copy: true } });
    expect(one?.volume?.name).toMatch(/^[0-9a-f]{64}$/);
    expect(one?.source).toBe(path(one?.volume?.name ?? ''));
    expect(two?.volume).toMatchObject({ anonymous: true, copy: false });
    expect(two?.volume?.name).not.toBe(one?.volume?.name);
  });

  test('is taken over from the container of the same name', () => {
    const mounts = mountsOf([{ volume: true, target: '/a' }]);
    const earlier = { mounts } as unknown as ContainerSpec;
    const names = anonymousNames('f'.repeat(64), earlier);
    expect(mountsOf([{ volume: true, target: '/a/' }], { anonymousName: names })).toEqual(mounts);
    expect(names('/b')).not.toBe(names('/a'));
  });
});

describe('a volume of an image', () => {
  const targets = (mounts: readonly Mount[], ofImage: string[], taken: string[] = []) =>
    mountsOf(mounts, { ofImage, taken }).map(({ target }) => target);

  test('is mounted where nothing else is', () => {
    const own: Mount[] = [
      { tmpfs: true, target: '/b/' },
      { bind: './x', target: '/c/../c' },
    ];
    expect(targets(own, ['/a', '/b', '/c', '/d', '/b/inside'], ['/d'])).toEqual([
      '/b',
      '/c',
      '/a',
      '/b/inside',
    ]);
  });

  test('stands below the root, whatever dots and slashes are in it', () => {
    expect(volumesOfImage({ Volumes: { '/a//b/': {}, '/a/./b': {}, '/../../etc': {} } })).toEqual([
      '/a/b',
      '/etc',
    ]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom('..', '.', '', 'a', 'b')), (names) => {
        const target = normalTarget(`/${names.join('/')}`);
        expect(target).toMatch(/^(\/|(\/[ab])+)$/);
      }),
    );
  });

  test.each(['data', '/', '/..', '/proc', '/proc/sys', '//proc', '/a\0b', ''])('cannot be %j', (target) => {
    expect(faultsOfVolumes({ Volumes: { [target]: {}, '/fine': {} } })).toEqual([
      `Volumes ${JSON.stringify(target)}`,
    ]);
  });

  test('an image that wants more volumes than anybody has is at fault', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`/v${index}`, {}]));
    expect(faultsOfVolumes({ Volumes: many(256) })).toEqual([]);
    expect(faultsOfVolumes({ Volumes: many(100_000) })).toEqual(['100000 Volumes, where 256 are allowed']);
  });
});

describe('a document of a volume', () => {
  const volume = (more: Partial<Volume> = {}): VolumeSpec =>
    compileVolume(
      { apiVersion: 'standard-container/v1', kind: 'Volume', metadata: { name: 'data' }, ...more },
      new Fields('file'),
    );
  const steps = (wanted: VolumeSpec, known?: VolumeSpec) =>
    stepsOfVolume(wanted, [], { path, known: new Map(known ? [['data', known]] : []) });

  test('makes one where there is none, and changes nothing where it is as it says', () => {
    expect(steps(volume())).toMatchObject([{ kind: 'createVolume', name: 'data', volume: { labels: {} } }]);
    expect(steps(volume(), volume({ owner: 'root', mode: '0755' }))).toEqual([]);
    expect(steps(volume({ owner: '5', mode: '700' }), volume({ owner: '5:5', mode: '0700' }))).toEqual([]);
  });

  test.each<[Partial<Volume>, string]>([
    [{ owner: '1:2' }, 'with owner "0:0" where the file says "1:2"'],
    [{ mode: '0700' }, 'with mode "0755" where the file says "0700"'],
    [{ labels: { a: 'b' } }, 'with labels {} where the file says {"a":"b"}'],
  ])('%j is refused where there is one without', (more, words) => {
    expect(() => steps(volume(more), volume())).toThrow(words);
  });
});

test('owners are numbers, and a group is the user without one', () => {
  expect([parseOwner('root'), parseOwner('7'), parseOwner('7:root'), parseOwner('0:2147483647')]).toEqual([
    { uid: 0, gid: 0 },
    { uid: 7, gid: 7 },
    { uid: 7, gid: 0 },
    { uid: 0, gid: 2147483647 },
  ]);
  for (const text of ['', ':', 'www-data', '1:', '-1', '2147483648', '1:2:3', '0x1'])
    expect(() => parseOwner(text)).toThrow('a volume has no users of its own');
});
