import { closeSync } from 'node:fs';
import { posix } from 'node:path';
import { holding, openBeneath, openRoot } from '../../linux/directory.ts';
import { openUncovered } from '../../linux/uncovered.ts';
import type { Changes, MountInstruction, Rootfs } from '../driver.ts';
import { hiddenBelow } from '../hidden.ts';
import { type Look, lookIntoTree } from '../look-into-tree.ts';
import { compareTrees, type TreeChanges } from '../tree-changes.ts';
import { LowerSide, UpperSide } from './sides.ts';

type Overlay = MountInstruction & { type: 'overlay' };

/**
 * What the upper directories of a root filesystem hold, compared with what they cover: how much is below does not
 * matter. A container has written them, and none of its names is trusted: links are not followed, and those of the
 * layers below only inside of these.
 */
export function overlayChanges({ mounts }: Rootfs, mountPoints: readonly string[] = []): Changes {
  const overlays = mounts.filter((mount) => mount.type === 'overlay');
  const inImage = (path: string): Look[] => {
    const overlay = overlays.findLast(({ target }) => isBelow(path, target));
    return overlay === undefined ? [] : lookInto(overlay, posix.relative(overlay.target, path));
  };
  const parts = overlays.map((overlay) => {
    const others = overlays.filter((other) => other !== overlay && isBelow(other.target, overlay.target));
    return changesOf(overlay, [...mountPoints, ...others.map(({ target }) => target)]);
  });
  return {
    list: parts.flatMap(({ list }) => list).sort((left, right) => Buffer.compare(left.path, right.path)),
    touched: parts.flatMap(({ touched }) => touched).sort(Buffer.compare),
    open: (path) => openWritten(overlays, path),
    imageHas: (path) => inImage(path).length > 0,
    imageHasFilesIn: (path) => inImage(path).includes('files'),
  };
}

function changesOf({ lower, upper, target }: Overlay, mountPoints: readonly string[]): TreeChanges {
  const directories: number[] = [];
  try {
    for (const path of lower) directories.push(openUncovered(path));
    return holding(openRoot(upper), (written) =>
      compareTrees(target, new LowerSide(directories), new UpperSide(written), hiddenBelow(mountPoints)),
    );
  } finally {
    for (const directory of directories) closeSync(directory);
  }
}

function openWritten(overlays: readonly Overlay[], path: Buffer): number {
  // Targets are names of the system: ASCII, a byte for a character.
  const overlay = overlays.findLast(({ target }) => isBelow(path.toString('latin1'), target));
  const { upper = '', target = '/' } = overlay ?? {};
  const inside = path.subarray(target === '/' ? 1 : target.length + 1);
  return holding(openRoot(upper), (root) =>
    openBeneath(root, inside.length === 0 ? Buffer.from('.') : inside),
  );
}

function lookInto({ lower }: Overlay, path: string): Look[] {
  return lower.flatMap((layer) => lookIntoTree(layer, path));
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}
