import { ScError } from '../../errors/error.ts';
import { errnoOf, failure } from '../../errors/reason.ts';
import { Flaw, shownPath } from '../tar/flaw.ts';

/**
 * Runs an action, so that what the kernel says to it becomes SC_STORAGE_FAILED of the entry. A flaw of the entry
 * itself stays one: the reader of the tar knows where the entry stands.
 */
export function unpacking<Result>(path: Buffer, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof Flaw || errnoOf(error) === undefined) throw error;
    if (error instanceof ScError && error.code !== 'SC_SYSTEM_CALL') throw error;
    throw failure('SC_STORAGE_FAILED', `unpack "${shownPath(path)}"`, error);
  }
}
