import { renameSync, statSync } from 'node:fs';
import { unless } from '../linux/link.ts';

/** Bytes after which the log of a monitor is begun anew, so that the two that are kept are bounded. */
export const LARGEST_LOG = 1024 * 1024;

/** Sets a log aside that is large. */
export function setAsideLarge(log: string): void {
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) >= LARGEST_LOG) setAside(log);
}

/** Keeps it as the older one; the one that was is gone. No effect where somebody else has done so. */
export function setAside(log: string): void {
  unless(['ENOENT'], () => renameSync(log, `${log}.1`));
}
