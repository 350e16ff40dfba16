import type { HeaderBlock } from './block.ts';
import type { EntryType, TarEntry } from './entry.ts';
import type { ExtendedHeaders } from './extended-headers.ts';
import { Flaw, shownPath } from './flaw.ts';
import { readMapText, type SparseMap } from './sparse-map.ts';

/** An entry with what headers before its own say of it, and how many bytes follow in the tar. */
export interface DescribedEntry {
  entry: TarEntry;
  stored: number;
  /** Whether they are content. */
  isFile: boolean;
}

/** Throws Flaw. */
export function describeEntry(header: HeaderBlock, extended: ExtendedHeaders): DescribedEntry {
  const path = extended.name('GNU.sparse.name') ?? extended.name('path') ?? header.path;
  const size = extended.number('size') ?? header.size;
  if (size < 0) throw new Flaw(`its size is ${size}`);
  const type = typeOf(header.typeflag, path);
  const isFile = type === 'file';
  const isDevice = type === 'character' || type === 'block';
  const isLink = type === 'symlink' || type === 'hardlink';
  const entry = {
    path,
    type,
    // Some write the type of the file into it as well, as stat(2) tells it.
    mode: header.mode & 0o7777,
    uid: extended.number('uid') ?? header.uid,
    gid: extended.number('gid') ?? header.gid,
    mtime: extended.time('mtime') ?? BigInt(header.mtime) * 1_000_000_000n,
    size: isFile ? size : 0,
    link: isLink ? (extended.name('linkpath') ?? header.link) : Buffer.alloc(0),
    deviceMajor: isDevice ? header.deviceMajor : 0,
    deviceMinor: isDevice ? header.deviceMinor : 0,
    xattrs: extended.xattrs,
  };
  return { entry, stored: storedBytes(header.typeflag, type, path, size), isFile };
}

const types: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  // A contiguous file, and one with a map of its holes.
  '7': 'file',
  S: 'file',
  // A directory, with the names that were in it when GNU tar made an incremental backup.
  D: 'directory',
};

const SLASH = 0x2f;

/**
 * Typeflags that may come to be are regular files (pax(1)); capital letters are somebody's own, of which an M goes on
 * with a file of another tar, an A has the access rights of the next entry: as a file, they would be wrong.
 */
function typeOf(typeflag: string, path: Buffer): EntryType {
  // The oldest tars have no directories, but names with a slash behind.
  if ((typeflag === '0' || typeflag === '\0') && path.at(-1) === SLASH) return 'directory';
  const type = types[typeflag] ?? (/[a-z89]/.test(typeflag) ? 'file' : undefined);
  if (type === undefined)
    throw new Flaw(`its type is "${typeflag}" (${typeflag.charCodeAt(0)}), which is not known`);
  return type;
}

/**
 * GNU tar and Go agree that nothing follows a hardlink or a directory, for many write the size of the file there. About
 * other types they do not, so that each would find entries that the other does not see.
 */
function storedBytes(typeflag: string, type: EntryType, path: Buffer, size: number): number {
  if (type === 'file' || typeflag === 'D') return size;
  const wasFile = type === 'directory' && typeflag !== '5';
  if (size > 0 && (wasFile || (type !== 'directory' && type !== 'hardlink')))
    throw new Flaw(
      `it is a ${type} with ${size} bytes${wasFile ? `, for "${shownPath(path)}" ends with a slash` : ''}`,
    );
  return 0;
}

/** How the map of a sparse file is told by records: in one of them, or at the beginning of the content. */
type ToldMap = 'none' | 'records' | 'content';

/** Reads what records say of a sparse file into the map, and its real size into the entry. */
export function readToldMap({ entry }: DescribedEntry, extended: ExtendedHeaders, map: SparseMap): ToldMap {
  const major = extended.text('GNU.sparse.major');
  const text = extended.text('GNU.sparse.map') ?? extended.sparsePairs;
  const size = extended.number('GNU.sparse.realsize') ?? extended.number('GNU.sparse.size');
  if (major === undefined && text === undefined && size === undefined) return 'none';
  if (entry.type !== 'file' || size === undefined)
    throw new Flaw('it has a sparse map, but is no sparse file');
  entry.size = size;
  if (major === '1' && extended.text('GNU.sparse.minor') === '0') return 'content';
  if (major !== undefined && major !== '0')
    throw new Flaw(`its sparse map is of the unknown version ${major}`);
  readMapText(text ?? '', map);
  return 'records';
}
