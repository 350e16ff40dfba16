import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { overlayDriver } from '../../src/storage/overlay/driver.ts';
import { type Stack, stacksOf } from '../../src/storage/stack.ts';
import { compareViews, withView } from '../../src/storage/view.ts';
import type { GrowthReport } from '../benchmark.ts';
import { fitGrowth } from '../growth.ts';
import type { Workshop } from '../start/workshop.ts';
import { median } from '../statistics.ts';

/** Files of the image. */
const sizes = [1_000, 10_000, 100_000, 1_000_000];

/** Files of a directory, as in a tree that somebody uses. */
const PER_DIRECTORY = 100;

/** Of each kind. */
const CHANGES = 20;

/** How the time of a diff grows with the files of the image, while what has changed is the same. */
export async function diffGrowth(
  { directory }: Workshop,
  samples: number,
  progress: (words: string) => void,
): Promise<GrowthReport[]> {
  const store = join(directory, 'diff');
  const driver = overlayDriver(store);
  for (const size of sizes) {
    progress(`diff: an image of ${size} files`);
    const base = `image-${size}`;
    await driver.addLayer(base, undefined, async (place) => fill(place.directory, size));
    await driver.addLayer(`changed-${size}`, base, async (place) => change(place.directory));
    await driver.prepare(`container-${size}`, { kind: 'layers', key: base });
    change(join(store, `container-${size}`, 'upper'));
  }
  const measure = async (name: string, once: (size: number) => Promise<number>): Promise<GrowthReport> => {
    const taken = sizes.map((): number[] => []);
    // Up and down again, so that what else the host does falls on all alike.
    for (let round = 0; round <= samples; round++) {
      const turn = [...sizes.entries()];
      for (const [index, size] of round % 2 === 0 ? turn : turn.toReversed()) {
        const from = performance.now();
        const found = await once(size);
        const time = performance.now() - from;
        if (found !== 3 * CHANGES) throw new Error(`${found} changes in place of ${3 * CHANGES}`);
        if (round > 0) taken[index]?.push(time);
      }
    }
    const times = sizes.map((size, index) => ({ size, time: median(taken[index] ?? []) }));
    return { name, times, growth: fitGrowth(times) };
  };
  const image = (key: string): Stack[] => [{ target: '/', trees: driver.trees(key) }];
  const compared = (before: readonly Stack[], now: readonly Stack[]) =>
    withView(before, (old) => withView(now, (view) => compareViews(old, view, undefined).length));
  const look = (size: number) => driver.look(`container-${size}`, { kind: 'layers', key: `image-${size}` });
  return [
    await measure('diff of a container', async (size) => driver.changes(look(size)).list.length),
    await measure('of a container and an image', async (size) => {
      return compared(image(`image-${size}`), stacksOf(look(size)));
    }),
    await measure('of two images', (size) => compared(image(`image-${size}`), image(`changed-${size}`))),
  ];
}

/** What is in files takes room and is looked at only where they are in both: those that change have some. */
function fill(directory: string, size: number): void {
  for (let index = 0; index < size; index++) {
    const inside = join(directory, `dir-${Math.floor(index / PER_DIRECTORY)}`);
    if (index % PER_DIRECTORY === 0) mkdirSync(inside);
    const text = index < CHANGES * PER_DIRECTORY ? 'text of the image' : '';
    writeFileSync(join(inside, `file-${index % PER_DIRECTORY}`), text);
  }
}

/** In the first directories, as many of each size. */
function change(top: string): void {
  for (let index = 0; index < CHANGES; index++) {
    const inside = join(top, `dir-${index % 5}`);
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `file-${index}`), 'text of the container');
    writeFileSync(join(inside, `new-${index}`), 'new');
    execFileSync('mknod', [join(inside, `file-${PER_DIRECTORY - 1 - index}`), 'c', '0', '0']);
  }
}
