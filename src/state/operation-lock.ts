import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { during } from '../errors/reason.ts';
import { isErrno } from '../linux/descriptor.ts';

const LOCK = 'lock';

/**
 * Makes what is locked while an operation works on a container, in its directory. The lock of the directory
 * itself is for the record.
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
  const begin = async () => {
    // Removed by the holder before us: what we hold is a file without a name.
    if (!isThere()) return undefined;
    hasBegun = true;
    return { result: await operation() };
  };
  try {
    const isMade = await during('SC_SYSTEM_CALL', `lock "${directory}"`, () => make(directory));
    return await (isMade ? withLock(join(directory, LOCK), begin) : begin());
  } catch (error) {
    if (!hasBegun && isErrno(error, 'ENOENT') && !isThere()) return undefined;
    throw error;
  }
}

/** Where a full disk has no room for it, nobody can hold it, and a container has to be deleted all the same. */
function make(directory: string): boolean {
  try {
    makeOperationLock(directory);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOSPC') || isErrno(error, 'EDQUOT')) return false;
    throw error;
  }
}
