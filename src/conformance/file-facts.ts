import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { errnoOf } from '../errors/reason.ts';

/** Bytes of a file that are read. */
const MOST = 1024 * 1024;

/** What there is at a path of the host, itself and not what it leads to. */
export function fileFacts(path: string): { [name: string]: unknown } {
  const stats = statsOf(path);
  if (stats === undefined) return { exists: false };
  return {
    exists: true,
    type: typeOf(stats),
    mode: (stats.mode & 0o7777).toString(8).padStart(4, '0'),
    owner: `${stats.uid}:${stats.gid}`,
    size: stats.size,
    links: stats.nlink,
    modified: Math.trunc(stats.mtimeMs / 1000),
    ...(stats.isFile() && stats.size <= MOST && { text: readFileSync(path, 'utf8') }),
    ...(stats.isSymbolicLink() && { link: readlinkSync(path) }),
    ...(stats.isDirectory() && { entries: readdirSync(path).sort() }),
  };
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? errnoOf(error) ?? ''))
      return undefined;
    throw error;
  }
}

function typeOf(stats: Stats): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  return stats.isBlockDevice() ? 'block' : 'character';
}
