import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContentStore } from '../../../src/image/content/store.ts';
import { verify } from '../../../src/image/content/verify.ts';
import { declare } from '../../../src/linux/libc.ts';
import { imageOf, makeImage, takeIn } from '../../support/images.ts';

/** Of ext4 (fs/ext4/ext4.h): from now on nothing more reaches the disk, not even its journal. */
const EXT4_IOC_SHUTDOWN = 0x8004587d;
const NOLOGFLUSH = Buffer.from([2, 0, 0, 0]);
const ioctl = declare<[number, number, string, Buffer]>('int ioctl(int fd, unsigned long request, ...)');

let directory: string;
let disk: string;
let images: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-power-'));
  disk = join(directory, 'disk');
  images = join(disk, 'images');
  mkdirSync(disk);
  execFileSync('truncate', ['-s', '64M', join(directory, 'disk.img')]);
  execFileSync('mkfs.ext4', ['-q', join(directory, 'disk.img')]);
  execFileSync('mount', ['-o', 'loop', join(directory, 'disk.img'), disk]);
});

afterEach(() => {
  execFileSync('umount', [disk]);
  rmSync(directory, { recursive: true });
});

/** As if the machine went dark now. */
function darken(): void {
  const descriptor = openSync(disk, 'r');
  ioctl(descriptor, EXT4_IOC_SHUTDOWN, 'void *', NOLOGFLUSH);
  closeSync(descriptor);
}

function comeUp(): void {
  execFileSync('umount', [disk]);
  execFileSync('mount', ['-o', 'loop', join(directory, 'disk.img'), disk]);
}

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
