import { closeSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../../linux/constants.ts';
import { openMerged } from '../../linux/merged-layers.ts';
import type { Change, Changes, MountInstruction, Rootfs } from '../driver.ts';

/**
 * What the upper directories of a root filesystem hold. A container has written them, and none of its names is
 * trusted: links are not followed, and those of the layers below only inside of these.
 */
export function overlayChanges({ mounts }: Rootfs): Changes {
  const overlays = mounts.filter((mount) => mount.type === 'overlay');
  const inImage = (path: string): Look[] => {
    const overlay = overlays.findLast(({ target }) => isBelow(path, target));
    return overlay === undefined ? [] : lookInto(overlay, posix.relative(overlay.target, path));
  };
  return {
    list: overlays.flatMap((overlay) =>
      walk(Buffer.from(overlay.upper), overlay.target, (path) => inImage(path).length > 0),
    ),
    imageHas: (path) => inImage(path).length > 0,
    imageHasFilesIn: (path) => inImage(path).includes('files'),
  };
}

/** What a layer has at a path: something else than a directory or one with such things in it, or a hollow one. */
type Look = 'files' | 'hollow';

function lookInto({ lower }: Extract<MountInstruction, { type: 'overlay' }>, path: string): Look[] {
  return lower.flatMap((layer) => {
    const root = openSync(layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
    try {
      const entry = openMerged([root], path);
      if (entry === undefined) return [];
      try {
        return [hasFiles(Buffer.from(`/proc/self/fd/${entry}/.`)) ? 'files' : 'hollow'];
      } finally {
        closeSync(entry);
      }
    } finally {
      closeSync(root);
    }
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

/** A directory before what is in it. */
function walk(directory: Buffer, path: string, isInImage: (path: string) => boolean): Change[] {
  return readdirSync(directory, { encoding: 'buffer' }).flatMap((name): Change[] => {
    const place = join(directory, name);
    const stats = lstatSync(place);
    const inside = posix.join(path, name.toString());
    // A character device 0:0 says that the name is deleted (overlayfs.rst, "whiteouts and opaque directories").
    if (stats.isCharacterDevice() && stats.rdev === 0) {
      return [{ path: inside, kind: 'deleted', isDirectory: false, size: 0, isProgram: false }];
    }
    const kind = isInImage(inside) ? 'modified' : 'added';
    const change: Change = {
      path: inside,
      kind,
      isDirectory: stats.isDirectory(),
      size: stats.isFile() ? stats.size : 0,
      isProgram: stats.isFile() && (stats.mode & 0o111) !== 0,
    };
    return stats.isDirectory() ? [change, ...walk(place, inside, isInImage)] : [change];
  });
}

function isBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}

function join(directory: Buffer, name: Buffer): Buffer {
  return Buffer.concat([directory, Buffer.from('/'), name]);
}
