import type { MountInstruction, Rootfs } from './driver.ts';

/**
 * What is seen at a path of a container or an image, and below it as far as no other stack is seen: trees of the host,
 * of which each covers those behind it.
 */
export interface Stack {
  /** Path inside, `/` first. */
  target: string;
  trees: readonly string[];
}

/** What is seen of a root filesystem; with `lower` without what was written to it. */
export function stacksOf({ mounts }: Rootfs, { lower = false } = {}): Stack[] {
  return mounts.map((mount) => ({ target: mount.target, trees: treesOf(mount, lower) }));
}

function treesOf(mount: MountInstruction, isLower: boolean): string[] {
  if (mount.type === 'bind') return [mount.source];
  return isLower ? mount.lower : [mount.upper, ...mount.lower];
}
