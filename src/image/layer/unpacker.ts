import { fstatSync } from 'node:fs';
import { S_IFBLK, S_IFCHR, S_IFIFO } from '../../linux/constants.ts';
import { holding } from '../../linux/directory.ts';
import { deviceNumber, linkat, mknodat, PATH_MAX, symlinkat } from '../../linux/directory-entries.ts';
import type { TarEntry, TarSink } from '../tar/entry.ts';
import { Flaw } from '../tar/flaw.ts';
import { checkMetadata } from './check-metadata.ts';
import { ContentFile } from './content-file.ts';
import { copyUp } from './copy-up.ts';
import type { DirectoryNode } from './directory-node.ts';
import { readEntryName, readNames } from './entry-name.ts';
import { unpacking } from './failure.ts';
import type { Hiding } from './hiding.ts';
import type { LayerTree } from './layer-tree.ts';
import type { LayerLimits } from './limits.ts';
import { applyMetadataAt } from './metadata.ts';

/** Puts what a reader of tar hands over into the directory of a layer. After an error it is of no more use. */
export class Unpacker implements TarSink {
  entries = 0;
  readonly #tree: LayerTree;
  readonly #hiding: Hiding;
  readonly #limits: LayerLimits;
  #path: Buffer = Buffer.alloc(0);
  #file: ContentFile | undefined;

  constructor(tree: LayerTree, hiding: Hiding, limits: LayerLimits) {
    this.#tree = tree;
    this.#hiding = hiding;
    this.#limits = limits;
  }

  entry(entry: TarEntry): void {
    this.#path = entry.path;
    unpacking(this.#path, () => {
      if (++this.entries > this.#limits.entries)
        throw new Flaw(`the layer has more than ${this.#limits.entries} entries`);
      const name = readEntryName(entry.path, this.#limits);
      if (name.kind === 'content') this.#makeContent(entry, name.names);
      else if (name.kind === 'whiteout') this.#whiteOut(entry, name.names);
      else if (name.kind === 'opaque') this.#makeOpaque(entry, name.names);
    });
  }

  data(bytes: Buffer, offset: number): void {
    unpacking(this.#path, () => this.#file?.write(bytes, offset));
  }

  end(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) unpacking(this.#path, () => file.finish());
  }

  /** Closes what is open after an error. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #whiteOut(entry: TarEntry, names: readonly string[]): void {
    const name = names.at(-1) ?? '';
    this.#hiding.whiteOut(this.#tree.resolve(names.slice(0, -1)), name, entry.mtime);
  }

  #makeOpaque(entry: TarEntry, names: readonly string[]): void {
    const node = this.#tree.provide(this.#tree.resolve(names), entry.mtime);
    node.hold();
    this.#hiding.makeOpaque(node, entry.mtime);
  }

  #makeContent(entry: TarEntry, names: readonly string[]): void {
    checkMetadata(entry);
    const name = names.at(-1);
    if (name === undefined) {
      if (entry.type !== 'directory') throw new Flaw('it is the root itself, and no directory');
      setMetadata(this.#tree.root, entry);
      return;
    }
    const parents = this.#tree.resolve(names.slice(0, -1));
    const parent = this.#tree.provide(parents, entry.mtime);
    if (entry.type === 'directory') this.#makeDirectory(entry, parent, name);
    else if (entry.type === 'hardlink') this.#makeHardlink(entry, parent, [...parents, name]);
    else this.#tree.replacing(parent, name, (directory, bytes) => this.#make(entry, directory, bytes));
    this.#hiding.own(parent, name);
  }

  /** A directory over a directory merges, over anything else it takes its place. */
  #makeDirectory(entry: TarEntry, parent: DirectoryNode, name: string): void {
    setMetadata(this.#tree.enterExisting(parent, name) ?? this.#tree.makeDirectory(parent, name), entry);
  }

  /** To a name of this layer or of one below, from which it is copied up first. */
  #makeHardlink(entry: TarEntry, parent: DirectoryNode, names: readonly string[]): void {
    const tree = this.#tree;
    const path = readNames(entry.link, this.#limits);
    const targetName = path.at(-1);
    if (targetName === undefined) throw new Flaw('it is a hardlink to the root');
    const targetParents = tree.resolve(path.slice(0, -1));
    const target = [...targetParents, targetName];
    if (target.join('/') === names.join('/')) throw new Flaw('it is a hardlink to itself');
    const there = tree.openShown(target);
    if (there === undefined) throw new Flaw(`it is a hardlink to "${target.join('/')}", which is not there`);
    holding(there, () => {
      if (fstatSync(there).isDirectory()) throw new Flaw('it is a hardlink to a directory');
      const targetParent = tree.provide(targetParents, entry.mtime);
      const bytes = Buffer.from(targetName, 'latin1');
      if (tree.look(targetParent, targetName) === undefined)
        copyUp(there, tree.writable(targetParent), bytes);
      tree.replacing(parent, names.at(-1) ?? '', (directory, name) =>
        linkat(tree.descriptor(targetParent), bytes, directory, name),
      );
    });
  }

  /** Throws EEXIST where the name is taken. */
  #make(entry: TarEntry, directory: number, name: Buffer): void {
    const { type, size, link, deviceMajor, deviceMinor } = entry;
    if (type === 'file') {
      this.#file = new ContentFile(directory, name, size, entry);
      return;
    }
    if (type === 'symlink') symlinkat(checkText(link), directory, name);
    else if (type === 'fifo') mknodat(directory, name, S_IFIFO, 0n);
    else
      mknodat(directory, name, type === 'block' ? S_IFBLK : S_IFCHR, deviceNumber(deviceMajor, deviceMinor));
    applyMetadataAt(directory, name, entry, type === 'symlink');
  }
}

function setMetadata(node: DirectoryNode, { mode, uid, gid, mtime, xattrs }: TarEntry): void {
  node.metadata = { mode, uid, gid, mtime, xattrs };
  node.isBorrowed = false;
}

/** What a link leads to is free: nobody follows it out of the root. */
function checkText(text: Buffer): Buffer {
  if (text.length === 0) throw new Flaw('it is a link without a text');
  if (text.length >= PATH_MAX) throw new Flaw(`its link has more than ${PATH_MAX - 1} bytes`);
  if (text.includes(0)) throw new Flaw('its link has a NUL');
  return text;
}
