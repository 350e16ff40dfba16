import { closeSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { failure } from '../../errors/reason.ts';
import { copyTree } from '../../linux/copy-tree.ts';
import { mountDetachedOverlay } from '../../linux/detached-mount.ts';
import { holding, openRoot } from '../../linux/directory.ts';
import { isOfHost } from '../../linux/merged-layers.ts';
import { lowerOptions, OVERLAY_OPTIONS } from '../../linux/overlay-options.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { VolumeRecord } from '../../schema/volume-record.ts';
import type { Rootfs } from '../../storage/driver.ts';
import { type Shown, withShown } from '../../storage/shown.ts';
import type { VolumeMount } from './users.ts';

/**
 * Puts into the empty directory of a volume what a container's root filesystem has at the target of a mount: types,
 * owners, modes, times, attributes, and names of one file. Answers nothing where there is no directory. Throws
 * SC_START_FAILED, also where the target leads to the root itself.
 */
export async function fillFromImage(
  { name, image }: ContainerSpec,
  rootfs: Rootfs,
  { target, volume }: VolumeMount,
  data: string,
): Promise<VolumeRecord['filledFrom']> {
  try {
    const isFilled = withShown(rootfs, target, (shown) => {
      // The backend says so too, but by then the whole image would have been copied.
      if (shown.path === '/') throw new ScError('SC_START_FAILED', 'it is the root itself', rootHint);
      copyShown(shown, data);
      return true;
    });
    if (!isFilled) return undefined;
  } catch (cause) {
    throw failure('SC_START_FAILED', `begin volume "${volume.name}" with "${target}" of the image`, cause);
  }
  return { container: name, ...(image.kind === 'image' && { image: image.name }), path: target };
}

const rootHint = { hint: 'choose a path that is no link of the image to its root' };

function copyShown({ directories, isOverlay }: Shown, data: string): void {
  const [first] = directories;
  if (first === undefined) return;
  const copy = (from: number) =>
    holding(openRoot(data), (to) =>
      copyTree(from, to, { path: data, isCopied: (xattr) => !isOfHost(xattr) }),
    );
  if (isOverlay) withOverlay(directories, dirname(data), copy);
  else copy(first);
}

/** As overlay shows them; one alone has an empty directory below, since it takes two of them. */
function withOverlay(directories: readonly number[], place: string, act: (root: number) => void): void {
  const empty = join(place, 'empty');
  mkdirSync(empty);
  const below = openRoot(empty);
  try {
    const lower = [...directories, below].map((directory) => `/proc/self/fd/${directory}`);
    holding(mountDetachedOverlay([...lowerOptions(lower), ...OVERLAY_OPTIONS]), act);
  } finally {
    closeSync(below);
  }
}
