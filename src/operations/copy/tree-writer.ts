import { closeSync, fstatSync, fsyncSync, openSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { failure } from '../../errors/reason.ts';
import { applyMetadata, isContentXattr, type Metadata } from '../../image/layer/metadata.ts';
import type { TarEntry, TarSink } from '../../image/tar/entry.ts';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../../linux/constants.ts';
import { asOwner, type Owner } from '../../linux/credentials.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { holding } from '../../linux/directory.ts';
import { mkdirat } from '../../linux/directory-entries.ts';
import { splitPath } from '../../linux/merged-layers.ts';
import { syncfs } from '../../linux/syncfs.ts';
import { ownerSeen, xattrsSeen } from './ids.ts';
import type { LeftOut } from './left-out.ts';
import { makeNode, NewFile, type NewName, publish } from './new-file.ts';
import { childPath } from './root.ts';
import { openToRead, type Trail } from './trail.ts';
import { UnfinishedNames } from './unfinished.ts';
import { shown, shownBytes } from './words.ts';

/** How what is copied is to be. */
export interface Writing {
  /** Whose it is; undefined where owners stay who they are. */
  owner: Owner | undefined;
  /** Whether all metadata are kept: set-user-ID bits, extended attributes, those of directories that are there. */
  isArchive: boolean;
  leftOut: LeftOut;
}

/** Set-user-ID, set-group-ID and sticky bit. */
const SPECIAL = 0o7000;
const STICKY = 0o1000;

/**
 * Files or directories that are put on the disk one by one. Of more than these the whole filesystem is, which takes
 * longer where others write to it too.
 */
const FEW = 16;

/**
 * Writes what comes into a directory. A file appears whole or not at all; nothing that is there is written through,
 * and no link is followed. The calls are made as the owner whom the mount has for root inside.
 */
export class TreeWriter implements TarSink {
  readonly #trail: Trail;
  readonly #base: number;
  readonly #writing: Writing;
  readonly #root: Owner;
  readonly #directories: { names: Buffer[]; metadata: Metadata }[] = [];
  readonly #names = new UnfinishedNames();
  #files = 0;
  #file: NewFile | undefined;
  #path: Buffer = Buffer.alloc(0);

  /** Below the directory to which the trail leads, which is of this writer from now on. */
  constructor(trail: Trail, writing: Writing) {
    this.#trail = trail;
    this.#base = trail.depth;
    this.#writing = writing;
    this.#root = trail.root.isHost
      ? { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
      : ownerSeen(trail.root, { uid: 0, gid: 0 });
  }

  entry(entry: TarEntry): void {
    this.#path = entry.path;
    this.#act(() => this.#make(entry));
  }

  data(bytes: Buffer, offset: number): void {
    this.#act(() => this.#file?.write(bytes, offset));
  }

  end(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) this.#act(() => file.finish({ isSynced: ++this.#files <= FEW }));
  }

  /** Gives directories what they are to have, which what was made in them has changed, and puts all on the disk. */
  finish(): void {
    this.#act(() => {
      for (const { names, metadata } of this.#directories.reverse()) {
        this.#path = Buffer.from(names.map((name) => name.toString('latin1')).join('/'), 'latin1');
        this.#goTo(names, false);
        holding(openToRead(this.#trail), (directory) => {
          applyMetadata(directory, metadata);
          if (!this.#isMuch) fsyncSync(directory);
        });
      }
      this.#trail.leaveTo(this.#base);
      holding(openToRead(this.#trail), (directory) =>
        this.#isMuch ? syncfs(directory) : fsyncSync(directory),
      );
    });
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
    this.#trail.close();
  }

  get #isMuch(): boolean {
    return this.#files > FEW || this.#directories.length > FEW;
  }

  #make(entry: TarEntry): void {
    const names = this.#namesOf(entry.path);
    const name = names.pop();
    if (name === undefined) {
      if (entry.type !== 'directory') throw this.#refusal('it is the directory itself');
      if (this.#writing.isArchive) this.#directories.push({ names, metadata: this.#metadataOf(entry) });
      return;
    }
    this.#goTo(names, true);
    if (entry.type === 'directory') this.#makeDirectory(entry, names, name);
    else if (entry.type === 'file') this.#file = this.#newFile(entry, name);
    else if (entry.type === 'hardlink') this.#makeHardlink(entry, names, name);
    else this.#makeNode(entry, name);
  }

  #newFile(entry: TarEntry, name: Buffer): NewFile {
    return new NewFile(this.#at(name), { size: entry.size, metadata: this.#metadataOf(entry) });
  }

  #makeDirectory(entry: TarEntry, parents: readonly Buffer[], name: Buffer): void {
    const isNew = this.#tryMake(name);
    if (!isNew) this.#enter(name);
    if (!isNew && !this.#writing.isArchive) return;
    this.#directories.push({ names: [...parents, name], metadata: this.#metadataOf(entry) });
  }

  #tryMake(name: Buffer): boolean {
    try {
      mkdirat(this.#trail.descriptor, name, 0o700);
      return true;
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      throw error;
    }
  }

  #makeHardlink(entry: TarEntry, parents: readonly Buffer[], name: Buffer): void {
    const names = this.#namesOf(entry.link);
    const target = names.pop();
    if (target === undefined) throw this.#refusal('it is a hardlink to a directory');
    this.#goTo(names, false);
    const from = openSync(`/proc/self/fd/${this.#trail.descriptor}`, O_PATH | O_DIRECTORY | O_CLOEXEC);
    holding(from, () => {
      this.#goTo(parents, false);
      publish(this.#at(name), { from, name: target });
    });
  }

  #makeNode(entry: TarEntry, name: Buffer): void {
    const isDevice = entry.type === 'character' || entry.type === 'block';
    if (isDevice && this.#trail.root.isHost && !this.#writing.isArchive)
      this.#writing.leftOut.add(
        shownBytes(this.#path),
        'it is a device, which only --archive makes on the host',
      );
    else makeNode(this.#at(name), entry, this.#metadataOf(entry));
  }

  #at(name: Buffer): NewName {
    return { directory: this.#trail.descriptor, name, names: this.#names };
  }

  /** The directory of these names below the base. One that nobody has spoken of is made, if it is asked for. */
  #goTo(names: readonly Buffer[], make: boolean): void {
    const now = this.#trail.names.slice(this.#base);
    let same = 0;
    while (same < now.length && same < names.length && now[same]?.equals(names[same] ?? Buffer.alloc(0)))
      same++;
    this.#trail.leaveTo(this.#base + same);
    for (const name of names.slice(same)) {
      if (make) this.#tryMakePlain(name);
      this.#enter(name);
    }
  }

  #tryMakePlain(name: Buffer): void {
    if (!this.#tryMake(name)) return;
    const directory = this.#trail.open(name);
    holding(directory, () =>
      holding(openSync(`/proc/self/fd/${directory}`, O_DIRECTORY | O_CLOEXEC), (opened) => {
        const mtime = fstatSync(opened, { bigint: true }).mtimeNs;
        applyMetadata(opened, { ...this.#root, mode: 0o755, mtime, xattrs: new Map() });
      }),
    );
  }

  #enter(name: Buffer): void {
    const entry = this.#trail.open(name);
    if (fstatSync(entry).isDirectory()) {
      this.#trail.enterOpened(name, entry);
      return;
    }
    closeSync(entry);
    const at = childPath(this.#trail.path, name);
    throw this.#refusal(`"${shown(this.#trail.root, at)}" is there, and no directory`, 'EEXIST');
  }

  #metadataOf({ uid, gid, mode, mtime, xattrs }: TarEntry): Metadata {
    const { owner, isArchive } = this.#writing;
    const { root } = this.#trail;
    const whose = owner ?? { uid, gid };
    const kept = [...xattrs].filter(([name]) => isContentXattr(name));
    return {
      ...ownerSeen(root, whose),
      mode: isArchive ? mode : mode & (~SPECIAL | STICKY),
      mtime,
      xattrs: isArchive ? xattrsSeen(root, new Map(kept)) : new Map(),
    };
  }

  /** Throws SC_BAD_IMAGE for a path that leads out. */
  #namesOf(path: Buffer): Buffer[] {
    const names = splitPath(path);
    if (names.includes('..') || path.includes(0))
      throw new ScError('SC_BAD_IMAGE', `copy "${shownBytes(path)}": its path has ".." or a NUL`);
    return names.map((name) => Buffer.from(name, 'latin1'));
  }

  #act<Result>(action: () => Result): Result {
    try {
      return asOwner(this.#root, action);
    } catch (error) {
      if (error instanceof ScError && error.code !== 'SC_SYSTEM_CALL') throw error;
      throw failure('SC_STORAGE_FAILED', `copy to "${this.#shown()}"`, error);
    }
  }

  #shown(): string {
    const { root } = this.#trail;
    const base = this.#trail.names.slice(0, this.#base).map((name) => name.toString('latin1'));
    return shown(root, `/${[...base, ...splitPath(this.#path)].join('/')}`);
  }

  #refusal(why: string, errno?: string): ScError {
    return new ScError('SC_STORAGE_FAILED', `copy to "${this.#shown()}": ${why}`, {
      ...(errno && { errno }),
    });
  }
}
