import { type Stats, statSync } from 'node:fs';
import { errnoOf } from '../errors/reason.ts';

/** Bytes. Keys and passwords are far smaller, and what is no secret belongs into a mount. */
export const largestSecret = 512 * 1024;

/** Why a path of the host cannot be the source of a secret; undefined where it can. */
export function secretObstacle(source: string): string | undefined {
  let stats: Stats;
  try {
    stats = statSync(source);
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? 'it does not exist' : (errnoOf(error) ?? String(error));
  }
  if (!stats.isFile()) return 'it is not a regular file';
  return stats.size > largestSecret ? `it is larger than ${largestSecret} bytes` : undefined;
}
