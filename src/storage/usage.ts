import type { BigIntStats } from 'node:fs';
import { during } from '../errors/reason.ts';
import { checkDepth, holding, namesIn, openDirectoryAt, openRoot, statAt } from '../linux/directory.ts';
import type { Layered, Usage } from './driver.ts';
import type { Layers } from './layers.ts';
import { openSnapshot } from './snapshot.ts';

/** What a snapshot or a layer of a store takes. */
export function usage(store: string, layers: Layers, of: Parameters<Layered['usage']>[0]): Promise<Usage> {
  const words = 'layer' in of ? `layer "${of.layer}"` : `snapshot "${of.snapshot}"`;
  return during('SC_STORAGE_FAILED', `look at ${words}`, () => {
    const [directory] = 'layer' in of ? layers.chain(of.layer) : [openSnapshot(store, of.snapshot)];
    return usageOf(directory ?? '');
  });
}

/** What a directory takes with all that is in it. What has several names is counted once. */
export function usageOf(path: string): Usage {
  const usage: Usage = { bytes: 0, files: 0 };
  const linked = new Set<string>();
  const visit = (directory: number, depth: number): void => {
    checkDepth(depth, path);
    for (const name of namesIn(directory)) {
      const stats = statAt(directory, name);
      if (stats === undefined || !isFirst(stats, linked)) continue;
      usage.files++;
      usage.bytes += Number(stats.blocks) * 512;
      if (stats.isDirectory()) hold(openDirectoryAt(directory, name), depth + 1);
    }
  };
  const hold = (directory: number, depth: number) => holding(directory, () => visit(directory, depth));
  hold(openRoot(path), 1);
  return usage;
}

function isFirst(stats: BigIntStats, linked: Set<string>): boolean {
  if (stats.nlink === 1n || stats.isDirectory()) return true;
  const name = `${stats.dev}:${stats.ino}`;
  if (linked.has(name)) return false;
  linked.add(name);
  return true;
}
