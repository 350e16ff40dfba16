import { type Metadata, unnamed } from './metadata.ts';

/**
 * A directory of a layer that is being unpacked, which is there on the disk. Only directories are kept in memory,
 * since their times and modes are set when all that is in them has been made.
 */
export class DirectoryNode {
  readonly name: string;
  readonly parent: DirectoryNode | undefined;
  readonly depth: number;
  /** Bytes of its path. */
  readonly length: number;
  /** What it is to have in the end; undefined where nothing has touched it. */
  metadata: Metadata | undefined;
  /** Whether its metadata are those of the one in the layers below, for nothing else is said of it. */
  isBorrowed = false;
  /** Whether it was there before this layer. */
  wasThere = false;
  /** Whether what it had before is known, since something in it changes. */
  isTouched = false;
  /** Whether something of this layer is in it, however deep. */
  holdsOwn = false;
  #children: Map<string, DirectoryNode> | undefined;
  #own: Set<string> | undefined;
  #foreign: Set<string> | undefined;

  constructor(name: string, parent?: DirectoryNode) {
    this.name = name;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.length = parent === undefined ? 0 : parent.length + name.length + 1;
  }

  /** From the root, which has none. */
  get names(): string[] {
    const names: string[] = [];
    for (let node: DirectoryNode = this; node.parent !== undefined; node = node.parent) names.push(node.name);
    return names.reverse();
  }

  child(name: string): DirectoryNode | undefined {
    return this.#children?.get(name);
  }

  get children(): Iterable<DirectoryNode> {
    return this.#children?.values() ?? [];
  }

  addChild(name: string): DirectoryNode {
    const child = new DirectoryNode(name, this);
    this.#children ??= new Map();
    this.#children.set(name, child);
    return child;
  }

  /** Forgets all of a name. */
  drop(name: string): void {
    this.#children?.delete(name);
    this.#foreign?.delete(name);
  }

  /** Notes that a name is of this layer, and not of one below. */
  own(name: string): void {
    this.#own ??= new Set();
    this.#own.add(name);
    this.hold();
  }

  /** Notes that something in it is of this layer. */
  hold(): void {
    for (let node: DirectoryNode | undefined = this; node && !node.holdsOwn; node = node.parent)
      node.holdsOwn = true;
  }

  /** Whether it is there for more than what it says of the layers below. */
  get isOwn(): boolean {
    return !this.isBorrowed || this.holdsOwn;
  }

  owns(name: string): boolean {
    return this.#own?.has(name) ?? false;
  }

  /** Where the directory of the layers below is hidden, nothing is left that its metadata could be of. */
  takeBack(time: bigint): void {
    if (!this.isBorrowed) return;
    this.metadata = unnamed(time);
    this.isBorrowed = false;
  }

  /** Names that are on the disk and not of this layer: whiteouts, and what was copied up to be linked. */
  get foreign(): ReadonlySet<string> {
    return this.#foreign ?? none;
  }

  addForeign(name: string): void {
    this.#foreign ??= new Set();
    this.#foreign.add(name);
  }
}

const none: ReadonlySet<string> = new Set();

/** A node and all below it, each before what is in it; what is dropped meanwhile is left out. */
export function* withAllBelow(top: DirectoryNode): Generator<DirectoryNode> {
  const rest = [top];
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    yield node;
    for (const child of node.children) rest.push(child);
  }
}
