import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { makeWorkshop } from './containers.ts';

/** A root filesystem of so many layers, the workshop's among them, each with a file of its own and one of all. */
export function layered({ directory, rootfs }: ReturnType<typeof makeWorkshop>, count: number) {
  const layers = Array.from({ length: count - 1 }, (_, index) => {
    // Names in which overlay's own options would end.
    const layer = join(directory, `a long name: with colons, and commas ${index}`);
    mkdirSync(join(layer, 'layers'), { recursive: true });
    writeFileSync(join(layer, `layers/${index}`), '');
    writeFileSync(join(layer, 'layers/top'), `${index}`);
    return layer;
  });
  const [upper, work] = [join(directory, 'upper'), join(directory, 'work')];
  for (const path of [upper, work]) mkdirSync(path);
  return {
    upper,
    request: {
      rootfs: {
        mounts: [{ type: 'overlay' as const, target: '/', lower: [...layers, rootfs], upper, work }],
      },
    },
  };
}
