import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../../linux/descriptor.ts';

/** Where a runtime keeps what it knows of containers: each by itself, since none reads what another has written. */
export function recordsOf(root: string, runtime: string): string {
  return join(root, 'oci', encodeURIComponent(runtime));
}

/** The runtimes that have such a place, as they were asked for. */
export function usedRuntimes(root: string): string[] {
  try {
    return readdirSync(join(root, 'oci')).map(decodeURIComponent);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
