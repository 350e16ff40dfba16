import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Why code of a file is not executed, in words that follow a colon: somebody else than root and this user could change
 * it, or put another in its place. Undefined where nobody could. `file` is absolute, and no link is on the way to it.
 */
export function distrust(file: string): string | undefined {
  for (let path = file; ; path = dirname(path)) {
    const fault = faultOf(path, lstatSync(path));
    if (fault !== undefined || path === dirname(path)) return fault;
  }
}

function faultOf(path: string, stats: Stats): string | undefined {
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.()) return `"${path}" belongs to user ${stats.uid}`;
  if ((stats.mode & 0o022) === 0 || isShared(stats)) return undefined;
  return `others can write to "${path}" (mode 0${(stats.mode & 0o7777).toString(8)})`;
}

/** As /tmp is: in a directory of root with the sticky bit nobody moves or removes what is somebody else's. */
function isShared(stats: Stats): boolean {
  return stats.isDirectory() && stats.uid === 0 && (stats.mode & 0o1000) !== 0;
}
