import { type BigIntStats, closeSync, fstatSync } from 'node:fs';
import { isErrno } from '../../linux/descriptor.ts';
import { holding, openRoot, statAt } from '../../linux/directory.ts';
import { mkdirat, readlinkat, unlinkat } from '../../linux/directory-entries.ts';
import { isWhiteout, MAX_LINKS, OPAQUE, openMergedNames, splitPath } from '../../linux/merged-layers.ts';
import { removeDirectoryAt } from '../../linux/remove-tree.ts';
import { removeXattr, writeXattr } from '../../linux/xattrs.ts';
import { Flaw } from '../tar/flaw.ts';
import { DirectoryNode, withAllBelow } from './directory-node.ts';
import { WHITEOUT_PREFIX } from './entry-name.ts';
import { unpacking } from './failure.ts';
import type { LayerLimits } from './limits.ts';
import {
  applyMetadata,
  DEFAULT_ACL,
  type Metadata,
  readMetadata,
  removeOtherXattrs,
  unnamed,
} from './metadata.ts';
import { OpenDirectories } from './open-directories.ts';
import type { LayerPlace } from './place.ts';

const SLASH = 0x2f;

/**
 * The directory in which a layer is unpacked, and what shows through from the layers below it. No path of the tar is
 * ever resolved by the kernel: links on the way are read and followed here, inside of the root, and each directory
 * is then opened by names that are no links.
 */
export class LayerTree {
  readonly root = new DirectoryNode('');
  readonly #limits: LayerLimits;
  readonly #open: OpenDirectories;
  readonly #lower: number[] = [];

  constructor({ directory, lower }: LayerPlace, limits: LayerLimits) {
    this.#limits = limits;
    this.#open = new OpenDirectories(directory);
    this.root.wasThere = true;
    try {
      for (const layer of lower) this.#lower.push(openRoot(layer));
      const [below] = this.#lower;
      if (below !== undefined) this.root.metadata = readMetadata(below);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get lower(): readonly number[] {
    return this.#lower;
  }

  close(): void {
    for (const layer of this.#lower) closeSync(layer);
    this.#open.close();
  }

  /** The names of a path without links on the way to it; nothing need be there. Throws Flaw. */
  resolve(path: readonly string[]): string[] {
    let walked: string[] = [];
    let links = 0;
    /** How many of the names have something, by what was seen; below nothing there is nothing. */
    let there = 0;
    const rest = path.toReversed();
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === '..') {
        walked.pop();
        there = Math.min(there, walked.length);
        continue;
      }
      walked.push(name);
      if (walked.length > this.#limits.depth) throw this.#tooDeep();
      if (there < walked.length - 1) continue;
      const text = this.#lookOnTheWay(walked);
      if (text === 'something') there = walked.length;
      if (typeof text === 'string') continue;
      if (++links > MAX_LINKS) throw new Flaw(`more than ${MAX_LINKS} links are on the way to it`);
      walked.pop();
      if (text[0] === SLASH) walked = [];
      there = walked.length;
      rest.push(...splitPath(text).reverse());
    }
    return walked;
  }

  /** A directory that is known to be there. */
  find(names: readonly string[]): DirectoryNode | undefined {
    let node: DirectoryNode | undefined = this.root;
    for (const name of names) node = node?.child(name);
    return node;
  }

  /** Opens (O_PATH) what names without links lead to, in this layer or else below it. */
  openShown(names: readonly string[]): number | undefined {
    try {
      return openMergedNames([this.#open.root, ...this.#lower], names);
    } catch (error) {
      if (isErrno(error, 'ENAMETOOLONG')) throw new Flaw('a link leads it to a path that is too long');
      throw error;
    }
  }

  /**
   * The directory of names without links. What is not there is made: with the metadata of the one in the layers
   * below, or, where there is none, as root's with the time of the entry that needs it. Throws Flaw.
   */
  provide(names: readonly string[], time: bigint): DirectoryNode {
    let node = this.root;
    for (const name of names) node = node.child(name) ?? this.#enter(node, name, time);
    return node;
  }

  #enter(parent: DirectoryNode, name: string, time: bigint): DirectoryNode {
    const existing = this.enterExisting(parent, name);
    if (existing !== undefined) return existing;
    const there = this.look(parent, name);
    if (there && !isWhiteout(there)) throw new Flaw(`"${name}" on the way to it is no directory`);
    const below = there === undefined ? this.#readBelow([...parent.names, name]) : undefined;
    const node = this.makeDirectory(parent, name);
    node.metadata = below ?? unnamed(time);
    node.isBorrowed = below !== undefined;
    return node;
  }

  /** A directory that is there; undefined where none is. */
  enterExisting(parent: DirectoryNode, name: string): DirectoryNode | undefined {
    const known = parent.child(name);
    if (known !== undefined || !this.look(parent, name)?.isDirectory()) return known;
    const node = parent.addChild(name);
    node.wasThere = true;
    node.isBorrowed = true;
    return node;
  }

  /** Metadata of a directory of the layers below; undefined where nothing is. */
  #readBelow(names: readonly string[]): Metadata | undefined {
    const entry = this.openShown(names);
    if (entry === undefined) return undefined;
    return holding(entry, () => {
      if (!fstatSync(entry).isDirectory())
        throw new Flaw(`"${names.at(-1)}" on the way to it is no directory`);
      return readMetadata(entry);
    });
  }

  /** Makes a directory in the place of anything that is no directory. It is nobody else's until the end. */
  makeDirectory(parent: DirectoryNode, name: string): DirectoryNode {
    if (name.startsWith(WHITEOUT_PREFIX))
      throw new Flaw(`a link leads it to "${name}", which is no name of content`);
    if (parent.depth >= this.#limits.depth) throw this.#tooDeep();
    if (parent.length + name.length > this.#limits.pathLength)
      throw new Flaw(`its path has more than ${this.#limits.pathLength} bytes`);
    const replaces = this.replacing(parent, name, (directory, bytes) => mkdirat(directory, bytes, 0o700));
    const node = parent.addChild(name);
    // What stood here has hidden what lower layers have under this name.
    if (replaces) this.setOpaque(node);
    return node;
  }

  /** Has overlay show nothing of the layers below in a directory. */
  setOpaque(node: DirectoryNode): void {
    if (this.#lower.length > 0) writeXattr(this.writable(node), OPAQUE, Buffer.from('y'));
  }

  /** Runs an action that makes `name`; what has that name already is removed. Answers whether something had it. */
  replacing(parent: DirectoryNode, name: string, make: (directory: number, name: Buffer) => void): boolean {
    const bytes = Buffer.from(name, 'latin1');
    const directory = this.writable(parent);
    try {
      make(directory, bytes);
      return false;
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
    this.remove(parent, name);
    make(directory, bytes);
    return true;
  }

  /** Removes a name with all that is in it. */
  remove(parent: DirectoryNode, name: string): void {
    const directory = this.writable(parent);
    const bytes = Buffer.from(name, 'latin1');
    if (this.look(parent, name)?.isDirectory()) removeDirectoryAt(directory, bytes);
    else unlinkat(directory, bytes);
    parent.drop(name);
  }

  /** What has a name in this layer itself; undefined where nothing has. */
  look(parent: DirectoryNode, name: string): BigIntStats | undefined {
    return statAt(this.descriptor(parent), Buffer.from(name, 'latin1'));
  }

  descriptor(node: DirectoryNode): number {
    return this.#open.of(node);
  }

  /** For who changes what is in it: the directory gets back in the end what it had before. */
  writable(node: DirectoryNode): number {
    const directory = this.#open.of(node);
    if (node.wasThere && !node.isTouched) {
      node.isTouched = true;
      const had = readMetadata(directory);
      node.metadata ??= had;
      if (had.xattrs.has(DEFAULT_ACL)) removeXattr(directory, DEFAULT_ACL);
    }
    return directory;
  }

  /** Gives all directories what they are to have, which what was made in them has changed. */
  finish(): void {
    for (const node of [...withAllBelow(this.root)].reverse()) {
      if (node.metadata === undefined) continue;
      const { metadata } = node;
      unpacking(Buffer.from(node.names.join('/'), 'latin1'), () => {
        const directory = this.#open.of(node);
        if (node.wasThere) removeOtherXattrs(directory, metadata);
        applyMetadata(directory, metadata);
      });
    }
  }

  /** The text of a link, or whether there is anything else. What is known is a directory, and needs no look. */
  #lookOnTheWay(names: readonly string[]): Buffer | 'something' | 'nothing' {
    if (this.find(names) !== undefined) return 'something';
    const entry = this.openShown(names);
    if (entry === undefined) return 'nothing';
    return holding(entry, () =>
      fstatSync(entry).isSymbolicLink() ? readlinkat(entry, Buffer.alloc(0)) : 'something',
    );
  }

  #tooDeep(): Flaw {
    return new Flaw(`it is more than ${this.#limits.depth} directories deep`);
  }
}
