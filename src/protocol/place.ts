import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../linux/descriptor.ts';
import { lockHolder } from '../linux/flock.ts';
import { checkRoot } from '../state/root.ts';

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

/** The directory, held open. */
interface OpenPlace {
  /** Short: the path of a socket has 107 bytes at most (unix(7)), that of a root more. */
  path(name: string): string;
  close(): void;
}

/**
 * Undefined where there was no monitor yet. Throws SC_HOST_UNFIT where others could have put it there or can write
 * to it: whoever takes the monitor's place is told what to do by every sc.
 */
export function openMonitorPlace(root: string): OpenPlace | undefined {
  const { directory } = monitorPlace(root);
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  try {
    checkRoot(directory);
    const descriptor = openSync(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return {
      path: (name) => join('/proc/self/fd', `${descriptor}`, name),
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The process that is the monitor, as far as that can be seen. */
export function lockedBy(root: string): number | undefined {
  return lockHolder(monitorPlace(root).lock);
}
