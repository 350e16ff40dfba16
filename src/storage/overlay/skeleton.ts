import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { isErrno } from '../../linux/descriptor.ts';
import { copyEntry, finishDirectory } from './copy-entry.ts';
import type { HostEntry, HostView } from './host-view.ts';

/** What programs expect to find, each with its mode. */
const EMPTY_DIRECTORIES = {
  dev: 0o755,
  etc: 0o755,
  home: 0o755,
  media: 0o755,
  mnt: 0o755,
  opt: 0o755,
  proc: 0o555,
  root: 0o700,
  run: 0o755,
  'run/lock': 0o1777,
  srv: 0o755,
  sys: 0o555,
  tmp: 0o1777,
  var: 0o755,
  'var/cache': 0o755,
  'var/lib': 0o755,
  'var/log': 0o755,
  'var/spool': 0o755,
  'var/tmp': 0o1777,
};

const LINKS = {
  'etc/mtab': '../proc/self/mounts',
  'var/lock': '../run/lock',
  'var/run': '../run',
};

/** Places for what the backend puts there: made in a container they would be writes of it. */
const EMPTY_FILES = ['etc/hostname', 'etc/hosts', 'etc/resolv.conf'];

/**
 * Makes the directory `skeleton`: all that a container sees of the machine beside its trees. /etc is a
 * copy and no view of the live one, where something may appear later that others must not see.
 */
export function buildSkeleton(skeleton: string, { root, system, etc }: HostView): void {
  mkdirSync(skeleton, { mode: 0o700 });
  for (const [path, mode] of Object.entries(EMPTY_DIRECTORIES)) makeDirectory(`${skeleton}/${path}`, mode);
  for (const [path, text] of Object.entries(LINKS)) symlinkSync(text, `${skeleton}/${path}`);
  for (const path of EMPTY_FILES) {
    writeFileSync(`${skeleton}/${path}`, '');
    chmodSync(`${skeleton}/${path}`, 0o644);
  }

  const entries = [...system, ...etc];
  for (const entry of entries) copyIfThere(root, skeleton, entry);
  for (const { path, stats } of entries) {
    if (stats.isDirectory()) finishDirectory(`${skeleton}/${path}`, stats);
  }
  chmodSync(skeleton, statSync(root).mode & 0o7777);
}

/** Whatever the umask of the caller is. */
function makeDirectory(path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

function copyIfThere(root: string, skeleton: string, { path, stats }: HostEntry): void {
  try {
    copyEntry(`${root}/${path}`, `${skeleton}/${path}`, stats);
  } catch (error) {
    // Something else stands there since it was seen, or nothing. The next view of the machine will differ.
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL'].some((errno) => isErrno(error, errno))) throw error;
  }
}
