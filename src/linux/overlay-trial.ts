import { closeSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../errors/reason.ts';
import { mountDetachedOverlay } from './detached-mount.ts';

/**
 * Whether overlay can write to the filesystem of `directory`: makes such a mount, which is attached nowhere
 * and gone when this returns, in a directory that is removed again. Answers the kernel's error.
 */
export function tryOverlay(directory: string): string | undefined {
  let scratch: string | undefined;
  try {
    scratch = mkdtempSync(join(directory, '.sc-doctor-'));
    const options = ['lowerdir', 'upperdir', 'workdir'].map((name) => [name, `${scratch}/${name}`] as const);
    for (const [, path] of options) mkdirSync(path);
    closeSync(mountDetachedOverlay(options));
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return errno;
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true });
  }
}
