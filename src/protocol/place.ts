import { join } from 'node:path';

/** What the monitor of a state root has on the disk: a directory (0700) with these files. */
export function monitorPlace(root: string) {
  const directory = join(root, 'monitor');
  return {
    directory,
    /** Where it listens (0600). */
    socket: join(directory, 'socket'),
    /** Locked as long as it lives. */
    lock: join(directory, 'lock'),
    /** Its own words: what it does not survive. */
    log: join(directory, 'log'),
  };
}
