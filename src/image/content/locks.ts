import { closeSync, constants, openSync } from 'node:fs';
import { type LockOptions, lock, withFreeLock, withLock } from '../../linux/flock.ts';
import type { ContentLayout } from './layout.ts';

/**
 * The lock of the blobs is held shared by all who need that none goes, and alone by who removes some. Those who come
 * and go would never let somebody in who wants it alone; so each passes through the lock of the layout's marker, and
 * who waits for the blobs alone keeps that meanwhile.
 */
export async function holdBlobs<Result>(
  { marker, blobs }: ContentLayout,
  action: () => Result | Promise<Result>,
): Promise<Result> {
  const descriptor = openSync(blobs, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await withLock(marker, () => lock(descriptor, blobs, { shared: true }));
    return await action();
  } finally {
    closeSync(descriptor);
  }
}

/** Throws SC_LOCKED where others do not let go of the blobs in time. */
export function withBlobsAlone<Result>(
  { marker, blobs }: ContentLayout,
  action: () => Result | Promise<Result>,
  options: LockOptions,
): Promise<Result> {
  return withLock(marker, () => withLock(blobs, action, options), options);
}

/** The same at once, or not at all. */
export function withFreeBlobs({ blobs }: ContentLayout, action: () => void): void {
  withFreeLock(blobs, action);
}

/** For as long as the index is changed; the last of the locks that somebody takes. */
export function withIndex<Result>(
  { directory }: ContentLayout,
  action: () => Result | Promise<Result>,
): Promise<Result> {
  return withLock(directory, action);
}
