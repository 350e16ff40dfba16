import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ContentStore } from '../../../src/image/content/store.ts';
import { verify } from '../../../src/image/content/verify.ts';
import {
  digest,
  emptyTar,
  everythingIn,
  INDEX,
  imageOf,
  json,
  type MadeImage,
  makeImage,
  takeIn,
} from '../../support/images.ts';

const nobody = () => [];

let directory: string;
let images: string;
let store: ContentStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-content-'));
  images = join(directory, 'images');
  store = new ContentStore(images);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function added(
  name: string | undefined,
  image: MadeImage = imageOf(name ?? 'none'),
): Promise<MadeImage> {
  await store.write(async (intake) => {
    await takeIn(intake, image);
    return { entries: [{ name, target: image.descriptor }] };
  });
  return image;
}

const blobsOnDisk = () => readdirSync(join(images, 'blobs/sha256')).map((name) => `sha256:${name}`);
const pathOf = (blob: string) => join(images, 'blobs/sha256', blob.slice(7));
const names = () => store.entries().map(({ name }) => name);

describe('taking in', () => {
  test('nothing is made by looking', async () => {
    expect(store.entries()).toEqual([]);
    expect(() => store.find('web')).toThrow('no image "web"');
    await store.untag('web');
    expect(await store.collect({ used: nobody })).toEqual({ entries: [], blobs: [], bytes: 0 });
    expect(existsSync(images)).toBe(false);
  });

  test('an image is there with its names, for its owner alone', async () => {
    const umask = process.umask(0);
    const image = await added('web').finally(() => process.umask(umask));
    const found = store.find('web');
    expect(found).toMatchObject({ name: 'web:latest', image: { id: image.id, config: { author: 'web' } } });
    expect(found.image.layers).toEqual([
      {
        blob: expect.objectContaining({ digest: digest(emptyTar) }),
        diffId: digest(emptyTar),
        chainId: digest(emptyTar),
      },
    ]);
    expect(blobsOnDisk().sort()).toEqual([...image.blobs.keys()].sort());
    expect(readdirSync(join(images, '.incoming'))).toEqual([]);
    for (const path of [images, join(images, 'blobs/sha256')])
      expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const blob of blobsOnDisk()) expect(statSync(pathOf(blob)).mode & 0o777).toBe(0o600);
  });

  test.each([
    [
      'a wrong digest',
      (bytes: Buffer) => ({ digest: digest('x'), size: bytes.length }),
      'its digest is sha256:',
    ],
    [
      'a byte too many',
      (bytes: Buffer) => ({ digest: digest(bytes), size: bytes.length - 1 }),
      'it has more than 6 bytes',
    ],
    [
      'a byte too few',
      (bytes: Buffer) => ({ digest: digest(bytes), size: bytes.length + 1 }),
      'it has 7 bytes in place of 8',
    ],
  ])('a blob with %s is refused, and nothing is kept', async (_, expected, why) => {
    await added('old');
    const before = everythingIn(images);
    const bytes = Buffer.from('content');
    const writing = store.write(async (intake) => {
      await takeIn(intake, imageOf('new'));
      await intake.put([bytes], 'layer', expected(bytes));
      return { entries: [{ name: 'new', target: imageOf('new').descriptor }] };
    });
    await expect(writing).rejects.toMatchObject({
      code: 'SC_BAD_IMAGE',
      message: expect.stringContaining(`take in layer: ${why}`),
    });
    expect(everythingIn(images)).toEqual(before);
    expect(names()).toEqual(['old:latest']);
  });

  test('an image is refused of which a blob is missing', async () => {
    const image = imageOf('web');
    const writing = store.write(async (intake) => {
      for (const bytes of image.blobs.values())
        if (!bytes.equals(emptyTar)) await intake.put([bytes], 'blob');
      return { entries: [{ name: 'web', target: image.descriptor }] };
    });
    await expect(writing).rejects.toMatchObject({
      code: 'SC_BAD_IMAGE',
      message: `take in image ${image.descriptor.digest}: blob ${digest(emptyTar)} with 1024 bytes, which it needs, is missing`,
    });
    expect(blobsOnDisk()).toEqual([]);
  });

  test('an action that fails leaves nothing', async () => {
    const writing = store.write(async (intake) => {
      await takeIn(intake, imageOf('web'));
      intake.writer('layer').write(Buffer.alloc(1_000_000));
      throw new Error('inside');
    });
    await expect(writing).rejects.toThrow('inside');
    expect(blobsOnDisk()).toEqual([]);
    expect(readdirSync(join(images, '.incoming'))).toEqual([]);
  });

  test('twenty write the same blobs at once, and each its own image', async () => {
    const made = Array.from({ length: 20 }, (_, index) => imageOf(`web${index}`));
    await Promise.all(made.map((image, index) => added(`web${index}`, image)));
    expect(names().sort()).toEqual(made.map((_, index) => `web${index}:latest`).sort());
    const { damages, blobs } = await verify(store, store.entries());
    expect([damages, blobs]).toEqual([[], 41]);
  });

  test('a blob whose bytes have changed is good again when it comes once more', async () => {
    const image = await added('web');
    appendFileSync(pathOf(image.id), ' ');
    expect(() => store.find('web')).toThrow('bytes in place of');
    await added('web');
    expect(store.find('web').image.id).toBe(image.id);
  });

  test('a full disk is a clean error, and nothing is kept', async () => {
    mkdirSync(images);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', images]);
    try {
      await added('small');
      const before = everythingIn(images);
      const large = makeImage([Buffer.alloc(1_000_000)]);
      await expect(added('large', large)).rejects.toMatchObject({
        code: 'SC_STORAGE_FAILED',
        errno: 'ENOSPC',
        message: `write into "${images}": write: ENOSPC`,
      });
      expect(everythingIn(images)).toEqual(before);
      await store.untag('small:latest');
      await store.collect({ used: nobody, forget: () => true });
      expect(blobsOnDisk()).toEqual([]);
    } finally {
      execFileSync('umount', [images]);
    }
  });

  test('an index that nobody would read any more is not written', async () => {
    await added('web');
    const path = join(images, 'index.json');
    const index = JSON.parse(readFileSync(path, 'utf8'));
    const filled = json({ ...index, filler: 'x'.repeat(4 * 1024 * 1024 - json(index).length - 100) });
    writeFileSync(path, filled);
    const refusal = { code: 'SC_STORAGE_FAILED', hint: expect.stringContaining('remove images') };
    await expect(store.tag('web', 'other')).rejects.toMatchObject(refusal);
    const before = everythingIn(images);
    await expect(added('next')).rejects.toMatchObject({
      ...refusal,
      message: expect.stringMatching(
        /^write ".*\/index.json": it would have 4194\d{3} bytes, and 4194304 are/,
      ),
    });
    expect(everythingIn(images)).toEqual(before);
    expect(readFileSync(path)).toEqual(filled);
    expect(store.find('web').name).toBe('web:latest');
    await store.untag('web:latest');
    expect(names()).toEqual([undefined]);
  });

  test('the documents of an image of many names are read once', async () => {
    const image = imageOf('web');
    const entries = Array.from({ length: 1000 }, (_, index) => ({
      name: `web:${index}`,
      target: image.descriptor,
    }));
    let read = 0;
    await store.write(async (intake) => {
      await takeIn(intake, image);
      const readDocument = intake.readDocument.bind(intake);
      intake.readDocument = (...blob) => {
        read++;
        return readDocument(...blob);
      };
      return { entries };
    });
    expect(read).toBe(1);
    expect(names()).toHaveLength(1000);
  });

  test('what a writer leaves that is killed goes with the next, and with garbage', async () => {
    const module = new URL('../../../src/image/content/store.ts', import.meta.url).href;
    const script = `
      const { ContentStore } = await import(${JSON.stringify(module)});
      await new ContentStore(process.argv[1]).write(async (intake) => {
        await intake.put([Buffer.from('content')], 'blob');
        intake.writer('other').write(Buffer.alloc(1_000_000));
        console.log('writing');
        await new Promise(() => setInterval(() => {}, 1000));
      });`;
    for (const clear of [() => store.collect({ used: nobody }), () => added('web')]) {
      const writer = spawn(process.execPath, ['--input-type=module', '-e', script, images]);
      await once(writer.stdout, 'data');
      expect(await store.collect({ used: nobody }, { wait: false })).toBeUndefined();
      writer.kill('SIGKILL');
      await once(writer, 'close');
      expect(readdirSync(join(images, '.incoming'))).toHaveLength(1);
      await clear();
      expect(readdirSync(join(images, '.incoming'))).toEqual([]);
    }
  });
});

describe('names', () => {
  test('an image is found by its name, the end of its name, its ID and the beginning of that', async () => {
    const base = await added('example.com:5000/library/debian:bookworm');
    const web = await added('web');
    const idOf = (reference: string) => store.find(reference).image.id;
    for (const reference of [
      'example.com:5000/library/debian:bookworm',
      'library/debian:bookworm',
      'debian:bookworm',
      base.id,
      base.id.slice(7),
      base.id.slice(7, 19),
    ])
      expect(idOf(reference), reference).toBe(base.id);
    for (const reference of ['web', 'web:latest', web.id]) expect(idOf(reference), reference).toBe(web.id);
    for (const reference of [
      'debian',
      'ebian:bookworm',
      'web:1',
      base.id.slice(7, 9),
      'sha256:',
      '',
      '../web',
      'WEB',
    ])
      expect(() => idOf(reference), reference).toThrow(`no image "${reference}"`);
  });

  test('an image is found by its name with the digest of its image manifest, whatever its tag', async () => {
    const web = await added('example.com/base/web:1.0');
    await added('example.com/base/other:1.0');
    const { digest: pin } = web.descriptor;
    for (const name of ['example.com/base/web', 'base/web', 'web', 'web:2'])
      expect(store.find(`${name}@${pin}`).image.id, name).toBe(web.id);
    for (const name of [`other@${pin}`, `eb@${pin}`, `web@${digest('other')}`, `@${pin}`, `web@${pin}0`])
      expect(() => store.find(name), name).toThrow(`no image "${name}"`);
  });

  test('an end that several names have is an error which lists them; the exact name wins', async () => {
    await added('one.example.com/web');
    await added('two.example.com/web');
    expect(() => store.find('web')).toThrow(
      '"web" fits 2 images: one.example.com/web:latest, two.example.com/web:latest',
    );
    const own = await added('web');
    expect(store.find('web').image.id).toBe(own.id);
  });

  test('a name that looks like the ID of another image stands for neither', async () => {
    const known = await added('web');
    const short = known.id.slice(7, 19);
    const ambiguous = (reference: string, name: string) =>
      expect(() => store.find(reference)).toThrow(
        expect.objectContaining({
          code: 'SC_AMBIGUOUS',
          message: `"${reference}" is a name and the beginning of another image's ID: ${name}, and ${short} (web:latest)`,
          hint: `${name} stands for the one, sha256:${reference} for the other`,
        }),
      );
    const other = await added(`example.com/${short}`);
    ambiguous(short, `example.com/${short}:latest`);
    const exact = await added(short, imageOf('exact'));
    ambiguous(short, `${short}:latest`);
    expect(store.find(`sha256:${short}`).image.id).toBe(known.id);
    expect(store.find(`${short}:latest`).image.id).toBe(exact.id);
    expect(store.find(`example.com/${short}`).image.id).toBe(other.id);
    await store.tag(known.id, short);
    expect(store.find(short).image.id).toBe(known.id);
    // A word that happens to be the beginning of some ID is still a name.
    const word = known.id.slice(7, 11);
    expect(store.find((await added(word)).id).name).toBe(`${word}:latest`);
    expect(store.find(word).name).toBe(`${word}:latest`);
  });

  test('a further name is for the same image, and is taken from whoever has it', async () => {
    const first = await added('first');
    const second = await added('second');
    expect(await store.tag('first', 'web:1.0')).toBe('web:1.0');
    expect(store.find('web:1.0').image.id).toBe(first.id);
    await store.tag('second', 'web:1.0');
    expect(store.find('web:1.0').image.id).toBe(second.id);
    expect(names()).toEqual(['first:latest', 'second:latest', 'web:1.0']);
    await expect(store.tag('first', 'WEB!')).rejects.toMatchObject({ code: 'SC_USAGE' });
    await expect(store.tag('third', 'web')).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
  });

  test('whose last name goes stays without one, and is found by its ID', async () => {
    const first = await added('web');
    const second = await added('web', imageOf('other'));
    expect(names()).toEqual([undefined, 'web:latest']);
    expect(store.find(first.id.slice(7, 20))).toMatchObject({ name: undefined, image: { id: first.id } });
    await store.untag('web:latest');
    expect(names()).toEqual([undefined, undefined]);
    await store.tag(second.id, 'again');
    expect(names()).toEqual([undefined, 'again:latest']);
  });

  test('an index that is no index is an error that says where', async () => {
    await added('web');
    writeFileSync(join(images, 'index.json'), '{"schemaVersion":2');
    expect(() => store.entries()).toThrow(
      expect.objectContaining({
        code: 'SC_STATE_CORRUPT',
        message: `read "${join(images, 'index.json')}": it is no JSON`,
      }),
    );
    await expect(added('other')).rejects.toMatchObject({ code: 'SC_STATE_CORRUPT' });
    await expect(store.collect({ used: nobody })).rejects.toMatchObject({ code: 'SC_STATE_CORRUPT' });
    expect(blobsOnDisk()).toHaveLength(3);
  });
});

describe('platforms', () => {
  test('of an index, the image for the platform that is asked for', async () => {
    const amd = makeImage([emptyTar], { os: 'linux', architecture: 'amd64' });
    const arm = makeImage([emptyTar], { os: 'linux', architecture: 'arm64', variant: 'v8' });
    const manifests = [amd, arm].map(({ descriptor }) => descriptor);
    const index = json({ schemaVersion: 2, mediaType: INDEX, manifests });
    const target = { mediaType: INDEX, digest: digest(index), size: index.length };
    await added('web', {
      descriptor: target,
      id: '',
      blobs: new Map([...amd.blobs, ...arm.blobs, [target.digest, index]]),
    });
    expect(store.find('web', { os: 'linux', architecture: 'amd64' }).image.id).toBe(amd.id);
    expect(store.find('web', { os: 'linux', architecture: 'arm64' }).image.id).toBe(arm.id);
    expect(store.find(arm.id, { os: 'linux', architecture: 'arm64' }).image.id).toBe(arm.id);
    expect(() => store.find('web', { os: 'linux', architecture: 's390x' })).toThrow(
      'image "web" is not for linux/s390x: it is for linux/amd64, linux/arm64/v8',
    );
    expect((await store.collect({ used: nobody }))?.blobs).toEqual([]);
  });
});

describe('garbage', () => {
  test('is what no entry refers to, and nothing else', async () => {
    const web = await added('web');
    const other = await added('other');
    const collected = await store.collect({ used: nobody, forget: ({ name }) => name === 'web:latest' });
    const own = [web.id, web.descriptor.digest].sort();
    expect(collected?.blobs.sort()).toEqual(own);
    expect(collected?.bytes).toBe(2 * 4096);
    expect(collected?.entries.map(({ name }) => name)).toEqual(['web:latest']);
    expect(blobsOnDisk().sort()).toEqual([...other.blobs.keys()].sort());
    expect(store.find('other').image.id).toBe(other.id);
    expect((await verify(store, store.entries())).damages).toEqual([]);
  });

  test('is no image that a container stands on: it loses its name', async () => {
    const image = await added('web');
    await store.tag('web', 'twice');
    await store.collect({ used: () => [image.id], forget: () => true });
    expect(names()).toEqual([undefined]);
    expect(store.find(image.id).image.id).toBe(image.id);
    await store.collect({ used: nobody, forget: ({ name }) => name === undefined });
    expect(blobsOnDisk()).toEqual([]);
  });

  test('is nothing that somebody is about to refer to, or is reading', async () => {
    const image = imageOf('web');
    let collected: unknown;
    await store.write(async (intake) => {
      await takeIn(intake, image);
      collected = await store.collect({ used: nobody }, { wait: false });
      return { entries: [{ name: 'web', target: image.descriptor }] };
    });
    expect(collected).toBeUndefined();
    await store.hold(async () => {
      expect(await store.collect({ used: nobody, forget: () => true }, { wait: false })).toBeUndefined();
      expect(store.find('web').image.id).toBe(image.id);
    });
    expect((await store.collect({ used: nobody, forget: () => true }))?.blobs).toHaveLength(3);
  });

  test('is not collected while an image that stays cannot be read, which may be removed itself', async () => {
    const image = await added('web');
    await added('other');
    rmSync(pathOf(image.descriptor.digest));
    await expect(store.collect({ used: nobody })).rejects.toMatchObject({ code: 'SC_BAD_IMAGE' });
    await store.collect({ used: nobody, forget: ({ name }) => name === 'web:latest' });
    expect(names()).toEqual(['other:latest']);
    expect(blobsOnDisk()).toHaveLength(3);
  });
});

describe('many processes', () => {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const writer = `
    const { ContentStore } = await import(${module('../../../src/image/content/store.ts')});
    const { imageOf, takeIn } = await import(${module('../../support/images.ts')});
    const store = new ContentStore(process.argv[1]);
    for (let round = 0; ; round++) {
      const name = 'web' + process.argv[2] + '-' + (round % 5);
      await store.write(async (intake) => {
        await takeIn(intake, imageOf(name));
        return { entries: [{ name, target: imageOf(name).descriptor }] };
      });
      console.log(name);
    }`;

  const begin = (number: number) =>
    spawn(process.execPath, ['--input-type=module', '-e', writer, images, `${number}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  test('that write, are killed and collect leave whole images, and no blob that nothing refers to', {
    timeout: 60_000,
  }, async () => {
    for (let round = 0; round < 4; round++) {
      const writers = [begin(round), begin(round + 1)];
      await Promise.all(writers.map(({ stdout }) => once(stdout, 'data')));
      for (let turn = 0; turn < 5; turn++)
        await store.collect({
          used: nobody,
          forget: ({ name }) => name?.endsWith(`-${turn}:latest`) === true,
        });
      // In the middle of whatever they are at.
      const ends = writers.map((process) => once(process, 'close'));
      for (const process of writers) process.kill('SIGKILL');
      await Promise.all(ends);
      const { damages } = await verify(store, store.entries(), { diffIds: true });
      expect(damages).toEqual([]);
    }
    await store.collect({ used: nobody });
    const { blobs } = await verify(store, store.entries());
    expect(blobsOnDisk()).toHaveLength(blobs);
    expect(readdirSync(join(images, '.incoming'))).toEqual([]);
  });
});

describe('verify', () => {
  const damagesOf = async () =>
    (await verify(store, store.entries())).damages.map(({ blob, images: of, error }) => [
      blob,
      of,
      error.message,
    ]);

  test('finds each byte that is another, a file that is shorter, and one that is not there', async () => {
    const first = await added('first');
    await added('second');
    const blob = first.id;
    const good = readFileSync(pathOf(blob));
    for (let at = 0; at < good.length; at += 17) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(pathOf(blob), bad);
      expect(await damagesOf()).toEqual([
        [blob, ['first:latest'], `read blob (${blob}): its bytes are others, of digest ${digest(bad)}`],
      ]);
    }
    writeFileSync(pathOf(blob), good);
    expect(await damagesOf()).toEqual([]);

    const both = ['first:latest', 'second:latest'];
    truncateSync(pathOf(digest(emptyTar)), 1023);
    expect(await damagesOf()).toEqual([
      [digest(emptyTar), both, expect.stringContaining('it has 1023 bytes in place of 1024')],
    ]);
    rmSync(pathOf(digest(emptyTar)));
    expect(await damagesOf()).toEqual([
      [digest(emptyTar), both, expect.stringContaining('the blob is missing')],
    ]);
  });

  test('finds a layer whose diffID is another, where it is asked to look into layers', async () => {
    const lie = makeImage([emptyTar], { rootfs: { type: 'layers', diff_ids: [digest('other')] } });
    await added('lie', lie);
    await added(
      'good',
      makeImage([gzipSync(emptyTar)], { rootfs: { type: 'layers', diff_ids: [digest(emptyTar)] } }),
    );
    expect(await damagesOf()).toEqual([]);
    const { damages } = await verify(store, store.entries(), { diffIds: true });
    expect(damages.map(({ blob, images: of, error }) => [blob, of, error.message])).toEqual([
      [
        digest(emptyTar),
        ['lie:latest'],
        `read layer ${digest(emptyTar)}: its diffID is ${digest(emptyTar)} in place of ${digest('other')}`,
      ],
    ]);
  });

  test('tells how far it is', async () => {
    await added('web');
    let told = 0;
    const onBytes = (bytes: number) => {
      told += bytes;
    };
    const { bytes } = await verify(store, store.entries(), { onBytes });
    expect([told, bytes > 1024]).toEqual([bytes, true]);
  });

  test('finds what is wrong with an image manifest, and the other images', async () => {
    const first = await added('first');
    await added('second');
    appendFileSync(pathOf(first.descriptor.digest), ' ');
    expect(await damagesOf()).toEqual([
      [first.descriptor.digest, ['first:latest'], expect.stringContaining('bytes in place of')],
    ]);
  });
});
