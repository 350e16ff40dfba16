import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { during } from '../errors/reason.ts';
import { isErrno } from '../linux/descriptor.ts';

const LOCK = 'lock';

/**
 * What is locked while an operation works on a container, in its directory. It is made with the container,
 * so that a full disk keeps nobody from deleting one; the lock of the directory itself is for the record.
 */
export function makeOperationLock(directory: string): void {
  const { O_RDONLY, O_CREAT, O_NOFOLLOW } = constants;
  closeSync(openSync(join(directory, LOCK), O_RDONLY | O_CREAT | O_NOFOLLOW, 0o600));
}

/** Holds the lock while `operation` runs; undefined where the directory was removed before it could. */
export async function withOperationLock<Result>(
  directory: string,
  isThere: () => boolean,
  operation: () => Result | Promise<Result>,
): Promise<{ result: Result } | undefined> {
  const { withLock } = await import('../linux/flock.ts');
  let hasBegun = false;
  try {
    // Of a container that an earlier sc has made.
    await during('SC_SYSTEM_CALL', `lock "${directory}"`, () => makeOperationLock(directory));
    return await withLock(join(directory, LOCK), async () => {
      // Removed by the holder before us: what we hold is a file without a name.
      if (!isThere()) return undefined;
      hasBegun = true;
      return { result: await operation() };
    });
  } catch (error) {
    if (!hasBegun && isErrno(error, 'ENOENT') && !isThere()) return undefined;
    throw error;
  }
}
