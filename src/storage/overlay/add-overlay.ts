import { chmodSync, chownSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { holding, openRoot } from '../../linux/directory.ts';
import { makeDirectory } from '../../linux/make-directory.ts';
import { steersOverlay } from '../../linux/merged-layers.ts';
import { readXattrs, writeXattr } from '../../linux/xattrs.ts';
import type { MountInstruction } from '../driver.ts';

type Overlay = MountInstruction & { type: 'overlay' };

/**
 * Makes an upper and a work directory for an overlay on `target` over directories of the host, topmost first. The
 * upper directory becomes `target` itself, so it gets the mode and owner of the topmost one,
 * at first: one that is there is the container's own.
 */
export function addOverlay(snapshot: string, target: string, lower: readonly string[]): Overlay {
  const overlay = overlayOf(snapshot, target, lower);
  const { upper, work } = overlay;
  if (existsSync(upper)) return overlay;
  for (const path of [work, upper]) makeDirectory(path);
  const [topmost = ''] = lower;
  copyOwnerAndMode(topmost, upper);
  return overlay;
}

/** The same, which is there already. */
export function overlayOf(snapshot: string, target: string, lower: readonly string[]): Overlay {
  const [upper, work] = [join(snapshot, target, 'upper'), join(snapshot, target, 'work')];
  return { type: 'overlay', target, lower: [...lower], upper, work };
}

/** Of a directory. In this order: a change of the owner takes the setuid and setgid bits away. */
export function copyOwnerAndMode(from: string, to: string): void {
  const { mode, uid, gid } = statSync(from);
  chownSync(to, uid, gid);
  chmodSync(to, mode & 0o7777);
}

/** Of a directory that stands for another, but for what overlay notes for itself. */
export function copyXattrs(from: string, to: string): void {
  const xattrs = [...holding(openRoot(from), readXattrs)].filter(([name]) => !steersOverlay(name));
  if (xattrs.length === 0) return;
  holding(openRoot(to), (directory) => {
    for (const [name, value] of xattrs) writeXattr(directory, name, value);
  });
}
