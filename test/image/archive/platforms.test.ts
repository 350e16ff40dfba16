import { describe, expect, test } from 'vitest';
import {
  digest,
  emptyTar,
  INDEX,
  imageOf,
  json,
  layoutOf,
  type MadeImage,
  makeImage,
  tarOfMembers,
} from '../../support/images.ts';
import { blobs, expectRefusal, fromDirectory, fromTar, store, withStores } from './loading.ts';

withStores();

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
    const all = new Map([...image.blobs, [target.digest, bytes] as const]);
    const members = layoutOf([{ name: 'web', image: { descriptor: target, id: '', blobs: all } }]);
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

  test.each([
    ['of another size', { size: 1 }, 'and as application/vnd.oci.image.manifest.v1+json of 1 bytes'],
    ['another thing', { mediaType: INDEX }, `and as ${INDEX} of `],
  ])('an index that says of an image beside that it is %s is refused', async (_, lie, message) => {
    const { descriptor, ...rest } = amd;
    const lying = indexOf([amd, 'amd64'], [{ ...rest, descriptor: { ...descriptor, ...lie } }, 'arm64']);
    await expectRefusal(fromDirectory(layoutOf([{ image: lying }])), 'SC_BAD_IMAGE', message);
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
