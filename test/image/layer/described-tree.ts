import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { O_NOFOLLOW, O_PATH } from '../../../src/linux/constants.ts';
import { readXattrs } from '../../../src/linux/xattrs.ts';

export interface DescribedEntry {
  type: string;
  mode: string;
  owner: string;
  /** Nanoseconds. */
  mtime?: string;
  size?: number;
  content?: string;
  link?: string;
  device?: string;
  xattrs?: Record<string, string>;
  /** The first name of the same inode, where it is not this one. */
  same?: string;
}

export interface Described {
  /** By paths below the top, which is ``. */
  [path: string]: DescribedEntry;
}

/** What one can know of a tree, by paths; names that are no text are escaped by "latin1". */
export function describeTree(top: string, { times = true }: { times?: boolean } = {}): Described {
  const described: Described = {};
  const seen = new Map<string, string>();
  const visit = (place: Buffer, path: string) => {
    const stats = lstatSync(place, { bigint: true });
    described[path] = describe(place, stats, times);
    const inode = `${stats.dev}:${stats.ino}`;
    const first = seen.get(inode);
    if (first !== undefined && !stats.isDirectory()) described[path].same = first;
    seen.set(inode, first ?? path);
    if (!stats.isDirectory()) return;
    const names = readdirSync(place, { encoding: 'buffer' }).sort(Buffer.compare);
    for (const name of names) {
      visit(
        Buffer.concat([place, Buffer.from('/'), name]),
        `${path}${path && '/'}${name.toString('latin1')}`,
      );
    }
  };
  visit(Buffer.from(top), '');
  return described;
}

function describe(place: Buffer, stats: BigIntStats, times: boolean): DescribedEntry {
  const entry: DescribedEntry = {
    type: typeOf(stats),
    mode: (stats.mode & 0o7777n).toString(8),
    owner: `${stats.uid}:${stats.gid}`,
  };
  // When a mark was made says nothing.
  if (times && entry.type !== 'whiteout') entry.mtime = String(stats.mtimeNs);
  if (stats.isFile()) {
    entry.size = Number(stats.size);
    const bytes = readFileSync(place);
    entry.content =
      bytes.length < 100 ? bytes.toString('latin1') : createHash('sha256').update(bytes).digest('hex');
  }
  if (stats.isSymbolicLink()) entry.link = readlinkSync(place, 'buffer').toString('latin1');
  if (stats.isCharacterDevice() || stats.isBlockDevice()) entry.device = String(stats.rdev);
  const descriptor = openSync(place, O_PATH | O_NOFOLLOW);
  const xattrs = [...readXattrs(descriptor)].map(([name, value]) => [name, value.toString('hex')]);
  closeSync(descriptor);
  if (xattrs.length > 0) entry.xattrs = Object.fromEntries(xattrs);
  return entry;
}

function typeOf(stats: BigIntStats): string {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  if (stats.isCharacterDevice()) return stats.rdev === 0n ? 'whiteout' : 'character';
  return 'block';
}
