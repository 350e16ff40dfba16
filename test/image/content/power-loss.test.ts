import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { ContentStore } from '../../../src/image/content/store.ts';
import { verify } from '../../../src/image/content/verify.ts';
import { comeUp, darken, disk, withDisks } from '../../support/dark-disk.ts';
import { imageOf, makeImage, takeIn } from '../../support/images.ts';

let images: string;

withDisks();
beforeEach(() => {
  images = join(disk, 'images');
});

async function added(store: ContentStore, name: string, image = imageOf(name)): Promise<void> {
  await store.write(async (intake) => {
    await takeIn(intake, image);
    return { entries: [{ name, target: image.descriptor }] };
  });
}

test('an image is there whole that was taken in right before a loss of power, and its name is gone that was taken away', async () => {
  for (let round = 0; round < 3; round++) {
    const store = new ContentStore(images);
    await added(store, `web${round}`, makeImage([Buffer.alloc(1_000_000, round)]));
    darken();
    comeUp();
    const names = store.entries().map(({ name }) => name);
    expect(names).toContain(`web${round}:latest`);
    expect((await verify(store, store.entries(), { diffIds: false })).damages).toEqual([]);
    await store.untag(`web${round}:latest`);
    darken();
    comeUp();
    expect(store.entries().map(({ name }) => name)).not.toContain(`web${round}:latest`);
  }
});

test('whatever was written when the power went, the images that are listed are whole', async () => {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    const { ContentStore } = await import(${module('../../../src/image/content/store.ts')});
    const { imageOf, takeIn } = await import(${module('../../support/images.ts')});
    const store = new ContentStore(process.argv[1]);
    for (let round = 0; ; round++) {
      const image = imageOf('web' + round);
      await store.write(async (intake) => {
        await takeIn(intake, image);
        return { entries: [{ name: 'web' + round, target: image.descriptor }] };
      });
      console.log('web' + round + ':latest');
    }`;
  const store = new ContentStore(images);
  for (let round = 0; round < 3; round++) {
    const writer = spawn(process.execPath, ['--input-type=module', '-e', script, images], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let acknowledged = '';
    writer.stdout.on('data', (text) => {
      acknowledged += text;
    });
    while (acknowledged.split('\n').length < 5 + 3 * round) await once(writer.stdout, 'data');
    const told = acknowledged.trim().split('\n');
    darken();
    writer.kill('SIGKILL');
    await once(writer, 'close');
    comeUp();
    expect(store.entries().map(({ name }) => name)).toEqual(expect.arrayContaining(told));
    expect((await verify(store, store.entries(), { diffIds: true })).damages).toEqual([]);
    await store.collect({ used: () => [], forget: () => true });
    expect(readdirSync(join(images, '.incoming'))).toEqual([]);
    expect(readdirSync(join(images, 'blobs/sha256'))).toEqual([]);
  }
});
