import { type BigIntStats, closeSync, fstatSync, openSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import type { EntryType, TarEntry, TarSink } from '../../image/tar/entry.ts';
import { O_CLOEXEC, O_NOCTTY, O_NONBLOCK } from '../../linux/constants.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { namesIn } from '../../linux/directory.ts';
import { deviceNumbers, readlinkat } from '../../linux/directory-entries.ts';
import { contentOf } from '../../linux/file-content.ts';
import { readXattrs } from '../../linux/xattrs.ts';
import { ownerInside, xattrsInside } from './ids.ts';
import { kernelFilesystem } from './kernel-filesystems.ts';
import type { LeftOut } from './left-out.ts';
import type { Found } from './resolve.ts';
import type { Trail } from './trail.ts';
import { shown } from './words.ts';

const NOTHING = Buffer.alloc(0);

/** What is read of a source, and who gets it. */
export interface Walk {
  sink: TarSink;
  /** Whether extended attributes are read. */
  withXattrs: boolean;
  /** A directory that is written to meanwhile, and must not be read. */
  forbidden: { dev: bigint; ino: bigint } | undefined;
  leftOut: LeftOut;
}

/**
 * Hands all of a source to a sink, as a tar would have it, the source itself as `top`. Stops after each piece, so that
 * others get their turn. What somebody changes meanwhile is copied as it was or as it is; never is a link followed, nor
 * anything opened to be read that is no regular file.
 */
export function* walk({ trail, name }: Found, top: Buffer, walk: Walk): Generator<void> {
  const walker = new Walker(trail, walk);
  if (name === undefined) yield* walker.directory(top);
  else yield* walker.entry(name, top);
}

interface Frame {
  /** Those that are still to come, the next one last. */
  names: Buffer[];
  path: Buffer;
  dev: bigint;
}

class Walker {
  readonly #trail: Trail;
  readonly #walk: Walk;
  /** First paths of files with more than one name. */
  readonly #linked = new Map<string, Buffer>();

  constructor(trail: Trail, walk: Walk) {
    this.#trail = trail;
    this.#walk = walk;
  }

  /** That to which the trail leads, and all that is in it. */
  *directory(top: Buffer): Generator<void> {
    const frames = [this.#begin(top, undefined)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const name = frame.names.pop();
      if (name === undefined) {
        frames.pop();
        if (frames.length > 0) this.#trail.leave();
        continue;
      }
      const path = joined(frame.path, name);
      const entry = this.#open(name);
      if (entry === undefined) continue;
      const stats = fstatSync(entry, { bigint: true });
      if (stats.isDirectory()) {
        this.#trail.enterOpened(name, entry);
        frames.push(this.#begin(path, frame.dev));
        yield;
      } else {
        yield* this.#opened(entry, path, stats);
      }
    }
  }

  /** A name of the directory to which the trail leads, which is of no directory. */
  *entry(name: Buffer, path: Buffer): Generator<void> {
    const entry = this.#open(name);
    if (entry !== undefined) yield* this.#opened(entry, path, fstatSync(entry, { bigint: true }));
  }

  #begin(path: Buffer, devOfParent: bigint | undefined): Frame {
    const { descriptor } = this.#trail;
    const stats = fstatSync(descriptor, { bigint: true });
    const { forbidden, sink, leftOut } = this.#walk;
    if (forbidden?.dev === stats.dev && forbidden.ino === stats.ino)
      throw new ScError('SC_USAGE', `copy "${this.#shown()}": it is being copied into itself`);
    sink.entry(this.#entryOf(descriptor, path, stats, 'directory'));
    sink.end();
    const kernel = stats.dev === devOfParent ? undefined : kernelFilesystem(descriptor);
    if (kernel !== undefined) leftOut.add(this.#shown(), `what is in it is of the kernel (${kernel})`);
    const names = kernel === undefined ? namesIn(descriptor).reverse() : [];
    return { names, path, dev: stats.dev };
  }

  /** Undefined where it is gone meanwhile. */
  #open(name: Buffer): number | undefined {
    try {
      return this.#trail.open(name);
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  *#opened(descriptor: number, path: Buffer, stats: BigIntStats): Generator<void> {
    try {
      const type = typeOf(stats);
      const first = type === undefined || stats.nlink < 2n ? undefined : this.#firstPath(stats, path);
      if (type === undefined) {
        this.#walk.leftOut.add(this.#shown(path), 'it is a socket');
      } else if (first !== undefined) {
        this.#walk.sink.entry({ ...this.#entryOf(descriptor, path, stats, 'hardlink'), link: first });
        this.#walk.sink.end();
      } else if (type === 'file') {
        yield* this.#file(descriptor, path);
      } else {
        this.#walk.sink.entry(this.#entryOf(descriptor, path, stats, type));
        this.#walk.sink.end();
      }
      yield;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Undefined where this is the first, which is noted. */
  #firstPath({ dev, ino }: BigIntStats, path: Buffer): Buffer | undefined {
    const inode = `${dev}:${ino}`;
    const first = this.#linked.get(inode);
    if (first === undefined) this.#linked.set(inode, path);
    return first;
  }

  /** It is known to be a regular file: its own link in /proc opens that and no other that has taken its name. */
  *#file(found: number, path: Buffer): Generator<void> {
    const { sink } = this.#walk;
    const file = this.#openFile(found, path);
    try {
      const stats = fstatSync(file, { bigint: true });
      sink.entry(this.#entryOf(found, path, stats, 'file'));
      for (const { bytes, offset } of contentOf(file, Number(stats.size))) {
        if (bytes.length === 0) throw this.#refusal(path, 'it has become shorter while it was read');
        sink.data(bytes, offset);
        yield;
      }
      sink.end();
    } finally {
      closeSync(file);
    }
  }

  #openFile(found: number, path: Buffer): number {
    try {
      return openSync(`/proc/self/fd/${found}`, O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    } catch (error) {
      // Whoever holds a lease on it would keep us waiting for 45 s (fcntl(2)).
      if (isErrno(error, 'EAGAIN')) throw this.#refusal(path, 'a program keeps others from it by a lease');
      throw error;
    }
  }

  #entryOf(descriptor: number, path: Buffer, stats: BigIntStats, type: EntryType): TarEntry {
    const { root } = this.#trail;
    const owner = ownerInside(root, { uid: Number(stats.uid), gid: Number(stats.gid) });
    const isDevice = type === 'character' || type === 'block';
    const { major, minor } = isDevice ? deviceNumbers(stats.rdev) : { major: 0, minor: 0 };
    return {
      path,
      type,
      mode: Number(stats.mode) & 0o7777,
      ...owner,
      mtime: stats.mtimeNs,
      size: type === 'file' ? Number(stats.size) : 0,
      link: type === 'symlink' ? readlinkat(descriptor, NOTHING) : NOTHING,
      deviceMajor: major,
      deviceMinor: minor,
      xattrs: this.#walk.withXattrs ? xattrsInside(root, readXattrs(descriptor)) : new Map(),
    };
  }

  #shown(path?: Buffer): string {
    const { root, path: directory } = this.#trail;
    const name = path?.subarray(path.lastIndexOf(SLASH) + 1).toString('latin1');
    return shown(root, name === undefined ? directory : `${directory === '/' ? '' : directory}/${name}`);
  }

  #refusal(path: Buffer, why: string): ScError {
    return new ScError('SC_STORAGE_FAILED', `copy "${this.#shown(path)}": ${why}`);
  }
}

const SLASH = 0x2f;

function joined(path: Buffer, name: Buffer): Buffer {
  return path.length === 0 ? name : Buffer.concat([path, Buffer.from('/'), name]);
}

/** Undefined for a socket, which is nothing without the program that listens. */
function typeOf(stats: BigIntStats): EntryType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character';
  return stats.isBlockDevice() ? 'block' : undefined;
}

/** By which a directory is known again, whatever leads to it. */
export function identityOf(trail: Trail): { dev: bigint; ino: bigint } {
  const { dev, ino } = fstatSync(trail.descriptor, { bigint: true });
  return { dev, ino };
}
