import { readdirSync } from 'node:fs';
import { holding } from '../linux/directory.ts';
import { openMerged } from '../linux/merged-layers.ts';
import { openUncovered } from '../linux/uncovered.ts';

/** What a layer has at a path: something else than a directory or one with such things in it, or a hollow one. */
export type Look = 'files' | 'hollow';

/** The layer is a directory of the host; links of the path lead nowhere outside of it. */
export function lookIntoTree(tree: string, path: string): Look[] {
  return holding(openUncovered(tree), (root) => {
    const entry = openMerged([root], path);
    if (entry === undefined) return [];
    return holding(entry, () => [hasFiles(Buffer.from(`/proc/self/fd/${entry}/.`)) ? 'files' : 'hollow']);
  });
}

function hasFiles(directory: Buffer): boolean {
  try {
    return readdirSync(directory, { withFileTypes: true, encoding: 'buffer' }).some(
      (entry) => !entry.isDirectory() || hasFiles(join(directory, entry.name)),
    );
  } catch {
    // No directory, or one that cannot be read.
    return true;
  }
}

function join(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, Buffer.from('/'), name]);
}
