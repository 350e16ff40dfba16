import { type BigIntStats, ftruncateSync } from 'node:fs';
import { chmodAt, chownAt, setTimesOfAt } from './attributes.ts';
import {
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_WRONLY,
} from './constants.ts';
import { isErrno, writeAt } from './descriptor.ts';
import { checkDepth, holding, namesIn, openDirectoryAt, statAt } from './directory.ts';
import { linkat, mkdirat, mknodat, openat, readlinkat, symlinkat } from './directory-entries.ts';
import { contentOf } from './file-content.ts';
import { shareContent } from './reflink.ts';
import { readXattrs, writeXattr } from './xattrs.ts';

const SELF = Buffer.from('.');

/**
 * Copies all that is in a directory, and what is said of the directory itself, into an empty one that nobody else
 * writes to: types, modes, owners, device numbers, times to the nanosecond, extended attributes, holes, and which names
 * are one file. Content is shared on the disk where the filesystem can. Both are descriptors; no link is followed, and
 * what vanishes meanwhile is left out. Attributes that `isCopied` does not want are left out too.
 */
export function copyTree(
  from: number,
  to: number,
  { path, isCopied }: { path: string; isCopied: (xattr: string) => boolean },
): void {
  new Copier(to, path, isCopied).copyDirectory(from, to, Buffer.alloc(0), 1);
}

class Copier {
  readonly #root: number;
  readonly #path: string;
  readonly #isCopied: (xattr: string) => boolean;
  /** Where the first name of a file with several stands, below the root. */
  readonly #linked = new Map<string, Buffer>();
  /** Until the filesystem refuses it. */
  #shares = true;

  constructor(root: number, path: string, isCopied: (xattr: string) => boolean) {
    this.#root = root;
    this.#path = path;
    this.#isCopied = isCopied;
  }

  copyDirectory(from: number, to: number, path: Buffer, depth: number): void {
    checkDepth(depth, this.#path);
    for (const name of namesIn(from)) {
      const place = path.length === 0 ? name : Buffer.concat([path, Buffer.from('/'), name]);
      try {
        this.#copy(from, to, name, place, depth);
      } catch (error) {
        if (!isErrno(error, 'ENOENT') || statAt(from, name) !== undefined) throw error;
      }
    }
    // Last: its time changes with what is made in it, and a default ACL would change what is.
    const stats = statAt(from, SELF);
    if (stats !== undefined) this.#describe(from, SELF, to, SELF, stats);
  }

  #copy(from: number, to: number, name: Buffer, place: Buffer, depth: number): void {
    const stats = statAt(from, name);
    if (stats === undefined) return;
    if (stats.isDirectory()) {
      mkdirat(to, name, 0o700);
      holding(openDirectoryAt(from, name), (source) =>
        holding(openDirectoryAt(to, name), (target) => this.copyDirectory(source, target, place, depth + 1)),
      );
      return;
    }
    const identity = `${stats.dev}:${stats.ino}`;
    const first = this.#linked.get(identity);
    if (first !== undefined) {
      linkat(this.#root, first, to, name);
      return;
    }
    if (stats.isFile()) this.#copyFile(from, to, name, Number(stats.size));
    else if (stats.isSymbolicLink()) symlinkat(readlinkat(from, name), to, name);
    else mknodat(to, name, Number(stats.mode), stats.rdev);
    this.#describe(from, name, to, name, stats);
    if (stats.nlink > 1n) this.#linked.set(identity, place);
  }

  #copyFile(from: number, to: number, name: Buffer, size: number): void {
    const reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const writing = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    holding(openat(from, name, reading), (source) =>
      holding(openat(to, name, writing, 0o600), (target) => {
        if (size === 0) return;
        this.#shares &&= shareContent(source, target);
        if (!this.#shares) this.#copyContent(source, target, size);
      }),
    );
  }

  #copyContent(source: number, target: number, size: number): void {
    for (const { bytes, offset } of contentOf(source, size)) writeAt(target, bytes, offset);
    // What is a hole at the end, or was cut off while it was read.
    ftruncateSync(target, size);
  }

  /**
   * In this order: a change of the owner takes setuid bits and capabilities away, and a mode may be more than the
   * attributes of an access list say; each of these changes the time of change.
   */
  #describe(from: number, name: Buffer, to: number, newName: Buffer, stats: BigIntStats): void {
    chownAt(to, newName, Number(stats.uid), Number(stats.gid));
    if (!stats.isSymbolicLink()) chmodAt(to, newName, Number(stats.mode & 0o7777n));
    const path = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    const xattrs = [...holding(openat(from, name, path), readXattrs)].filter(([name]) =>
      this.#isCopied(name),
    );
    if (xattrs.length > 0)
      holding(openat(to, newName, path), (entry) => {
        for (const [name, value] of xattrs) writeXattr(entry, name, value);
      });
    setTimesOfAt(to, newName, stats.atimeNs, stats.mtimeNs);
  }
}
