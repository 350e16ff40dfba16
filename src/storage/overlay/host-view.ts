import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { isErrno } from '../../linux/descriptor.ts';

const LARGEST_FILE = 4 * 1024 * 1024;

/** Links into /usr or, on machines that never merged them, directories beside it. */
const BESIDE_USR = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'libo32'];

/**
 * Files that say which machine this is and how it is mounted and connected, not what runs on it. The
 * container is another machine in another place, and its backend says which.
 */
const ABOUT_THE_MACHINE = new Set(
  ['hostname', 'hosts', 'machine-id', 'mtab', 'resolv.conf'].map((name) => `etc/${name}`),
);

export interface HostEntry {
  /** Below the root of the machine, such as `etc/passwd`. */
  path: string;
  stats: Stats;
}

/** What a container may see of the operating system of the machine: an allow-list. */
export interface HostView {
  /** Absolute. */
  root: string;
  /** /usr, and what stands beside it. */
  system: HostEntry[];
  /** Of /etc what others may read, each directory before what is in it. */
  etc: HostEntry[];
  /** Another one whenever something above is. */
  fingerprint: string;
}

/**
 * Looks at the machine. Every start does, so this is one plain pass over the thousand or so entries of
 * /etc. What vanishes meanwhile is not part of the view.
 */
export function viewHost(root: string): HostView {
  const system = systemEntries(root);
  const etc: HostEntry[] = [];
  collect(root, 'etc', etc);
  return { root, system, etc, fingerprint: fingerprint([...system, ...etc]) };
}

/** Directories of the operating system, below the root of the machine. */
export function systemDirectories(root: string): string[] {
  return systemEntries(root)
    .filter(({ stats }) => stats.isDirectory())
    .map(({ path }) => path);
}

function systemEntries(root: string): HostEntry[] {
  return ['usr', ...BESIDE_USR].flatMap((path) => {
    const stats = look(root, path);
    return stats === undefined ? [] : [{ path, stats }];
  });
}

function collect(root: string, path: string, entries: HostEntry[]): void {
  if (ABOUT_THE_MACHINE.has(path)) return;
  const stats = look(root, path);
  if (stats === undefined || !isForOthers(stats)) return;
  entries.push({ path, stats });
  if (!stats.isDirectory()) return;
  for (const name of names(`${root}/${path}`)) collect(root, `${path}/${name}`, entries);
}

/** Whether metadata allow that an entry of /etc is shown. A directory must be open to others as a whole. */
export function isForOthers(stats: Stats): boolean {
  if (stats.isDirectory()) return (stats.mode & 0o005) === 0o005;
  if (stats.isFile()) return (stats.mode & 0o004) !== 0 && stats.size <= LARGEST_FILE;
  return stats.isSymbolicLink();
}

function look(root: string, path: string): Stats | undefined {
  return lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return [];
    throw error;
  }
}

/** The times of a directory change with files that are not shown; its entries speak for themselves. */
function fingerprint(entries: HostEntry[]): string {
  const numbers = new Float64Array(7 * entries.length);
  entries.forEach(({ stats }, index) => {
    const { mode, uid, gid, ino, size, mtimeMs, ctimeMs } = stats;
    numbers.set(
      stats.isDirectory() ? [mode, uid, gid] : [mode, uid, gid, ino, size, mtimeMs, ctimeMs],
      7 * index,
    );
  });
  const paths = entries.map(({ path }) => path).join('\0');
  return createHash('sha256').update(paths).update(numbers).digest('hex');
}
