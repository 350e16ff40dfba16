import { closeSync, fstatSync, fsyncSync, ftruncateSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { applyMetadata, applyMetadataOpened, type Metadata } from '../../image/layer/metadata.ts';
import type { EntryType, TarEntry } from '../../image/tar/entry.ts';
import {
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_TMPFILE,
  O_WRONLY,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
} from '../../linux/constants.ts';
import { isErrno, writeAt } from '../../linux/descriptor.ts';
import { holding } from '../../linux/directory.ts';
import {
  deviceNumber,
  linkat,
  linkOpened,
  mknodat,
  openat,
  renameat,
  symlinkat,
  unlinkat,
} from '../../linux/directory-entries.ts';
import { mountIdOf } from '../../linux/mount-id.ts';
import type { UnfinishedName, UnfinishedNames } from './unfinished.ts';

/** A name that something new is to have, whatever had it before. */
export interface NewName {
  directory: number;
  name: Buffer;
  names: UnfinishedNames;
}

/** What is told of a file before its content comes. */
export interface NewFileOptions {
  /** Bytes, where the last of them may be holes; without it those that are written. */
  size?: number;
  /** Without it the file belongs to the caller, mode 0600. */
  metadata?: Metadata;
}

/**
 * A regular file while its content comes. It has no name until it is complete, so that nobody sees a part of it and
 * nothing is left of it by one who is killed; where the filesystem knows no such files, it has one of its own.
 */
export class NewFile {
  readonly #directory: number;
  readonly #name: Buffer;
  readonly #size: number | undefined;
  readonly #metadata: Metadata | undefined;
  readonly #descriptor: number;
  readonly #names: UnfinishedNames;
  /** Where the filesystem knows no files without one. */
  #unfinished: UnfinishedName | undefined;
  #end = 0;

  constructor({ directory, name, names }: NewName, { size, metadata }: NewFileOptions) {
    refuseTaken(directory, name);
    this.#names = names;
    this.#directory = holdDirectory(directory);
    this.#name = name;
    this.#size = size;
    this.#metadata = metadata;
    this.#descriptor = this.#open();
  }

  #open(): number {
    try {
      return openat(this.#directory, Buffer.from('.'), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0o600);
    } catch (error) {
      if (!['EOPNOTSUPP', 'ENOTSUP', 'EISDIR', 'ENOENT', 'EINVAL'].some((errno) => isErrno(error, errno))) {
        closeSync(this.#directory);
        throw error;
      }
    }
    let unfinished: UnfinishedName | undefined;
    try {
      unfinished = this.#names.begin(this.#directory);
      const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
      const descriptor = openat(this.#directory, unfinished.name, flags, 0o600);
      this.#unfinished = unfinished;
      return descriptor;
    } catch (error) {
      unfinished?.release();
      closeSync(this.#directory);
      throw error;
    }
  }

  write(bytes: Buffer, offset: number): void {
    writeAt(this.#descriptor, bytes, offset);
    this.#end = offset + bytes.length;
  }

  finish({ isSynced }: { isSynced: boolean }): void {
    try {
      // A hole at the end was not written.
      if (this.#size !== undefined && this.#end !== this.#size) ftruncateSync(this.#descriptor, this.#size);
      if (this.#metadata !== undefined) applyMetadata(this.#descriptor, this.#metadata);
      if (isSynced) fsyncSync(this.#descriptor);
      const opened = this.#descriptor;
      const [directory, name, names] = [this.#directory, this.#name, this.#names];
      if (this.#unfinished === undefined) publish({ directory, name, names }, { opened });
      else renameat(directory, this.#unfinished.name, directory, name);
    } finally {
      this.close();
    }
  }

  /** What is not complete is taken away. */
  close(): void {
    if (this.#unfinished !== undefined) {
      removeIfThere(this.#directory, this.#unfinished.name);
      this.#unfinished.release();
    }
    closeSync(this.#descriptor);
    closeSync(this.#directory);
  }
}

/** What is to get a name: an open file without one, or what has another. */
type Nameless = { opened: number } | { from: number; name: Buffer };

/** Gives a name in one step, whatever had it before; a directory, or what is mounted there, is refused. */
export function publish({ directory, name, names }: NewName, what: Nameless): void {
  refuseTaken(directory, name);
  replacing({ directory, name, names }, (as) => {
    if ('opened' in what) linkOpened(what.opened, directory, as);
    else linkat(what.from, what.name, directory, as);
  });
}

/** A link, FIFO or device, which is never opened. */
export function makeNode({ directory, name, names }: NewName, entry: TarEntry, metadata: Metadata): void {
  refuseTaken(directory, name, true);
  replacing({ directory, name, names }, (as) => {
    const { type, link, deviceMajor, deviceMinor } = entry;
    if (type === 'symlink') symlinkat(link, directory, as);
    else if (type === 'fifo') mknodat(directory, as, S_IFIFO | 0o600, 0n);
    else
      mknodat(
        directory,
        as,
        (type === 'block' ? S_IFBLK : S_IFCHR) | 0o600,
        deviceNumber(deviceMajor, deviceMinor),
      );
    finishNode(directory, as, type, metadata);
  });
}

/** Somebody may have put something else in its place, which is not ours to change. */
function finishNode(directory: number, name: Buffer, type: EntryType, metadata: Metadata): void {
  holding(openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), (node) => {
    const stats = fstatSync(node);
    const isSame = {
      symlink: stats.isSymbolicLink(),
      fifo: stats.isFIFO(),
      character: stats.isCharacterDevice(),
      block: stats.isBlockDevice(),
    };
    if (stats.nlink !== 1 || !isSame[type as keyof typeof isSame])
      throw refusal('something else has taken its place meanwhile', 'EBUSY');
    applyMetadataOpened(node, metadata, type === 'symlink');
  });
}

/** Has something made under its name or, where that is taken, under another, from which it is moved. */
function replacing({ directory, name, names }: NewName, make: (as: Buffer) => void): void {
  try {
    make(name);
    return;
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  const unfinished = names.begin(directory);
  try {
    make(unfinished.name);
    renameat(directory, unfinished.name, directory, name);
  } finally {
    // A move of one name of a file to another of the same file leaves both (rename(2)).
    removeIfThere(directory, unfinished.name);
    unfinished.release();
  }
}

function refuseTaken(directory: number, name: Buffer, mayBeDevice = false): void {
  let entry: number;
  try {
    entry = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  holding(entry, () => {
    const stats = fstatSync(entry);
    if (stats.isDirectory()) throw refusal('a directory is there, and it is none', 'EISDIR');
    // Whoever names /dev/null of his machine means no file in its place, and everybody would miss it.
    if (!mayBeDevice && (stats.isCharacterDevice() || stats.isBlockDevice()))
      throw refusal('a device is there, and it is none', 'EEXIST');
    // Renamed over, it would be taken off where it is mounted, in a mount namespace that is not ours.
    if (mountIdOf(entry) !== mountIdOf(directory)) throw refusal('something is mounted there', 'EBUSY');
  });
}

function holdDirectory(directory: number): number {
  return openat(directory, Buffer.from('.'), O_PATH | O_CLOEXEC);
}

function removeIfThere(directory: number, name: Buffer): void {
  try {
    unlinkat(directory, name);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

function refusal(why: string, errno: string): ScError {
  return new ScError('SC_SYSTEM_CALL', why, { errno });
}
