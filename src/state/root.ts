import { lstatSync, type Stats } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { makeDirectory } from '../linux/make-directory.ts';

/**
 * Refuses a directory of state that somebody else could have put there or can write to: who can is root
 * of every container. Throws SC_HOST_UNFIT. One that is not there yet is fine.
 */
export function checkRoot(root: string): void {
  const stats = lstatSync(root, { throwIfNoEntry: false });
  const fault = stats && faultOf(stats);
  if (fault === undefined) return;
  throw new ScError('SC_HOST_UNFIT', `use "${root}" for the state of containers: ${fault}`, {
    hint: 'give --root a directory of your own that only you can write to',
  });
}

/** Makes it where it is not there, and refuses one that somebody else made in the meantime. */
export function makeRoot(root: string): void {
  checkRoot(root);
  makeDirectory(root);
  checkRoot(root);
}

function faultOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'it is a link';
  if (!stats.isDirectory()) return 'it is not a directory';
  if (stats.uid !== process.geteuid?.()) return `it belongs to user ${stats.uid}`;
  if ((stats.mode & 0o022) !== 0) return `others can write to it (mode 0${(stats.mode & 0o777).toString(8)})`;
  return undefined;
}
