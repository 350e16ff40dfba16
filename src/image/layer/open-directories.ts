import { closeSync, openSync } from 'node:fs';
import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_RDONLY, RESOLVE_NO_XDEV } from '../../linux/constants.ts';
import { joinNames } from '../../linux/merged-layers.ts';
import { openat2, WITHOUT_LINKS } from '../../linux/openat2.ts';
import type { DirectoryNode } from './directory-node.ts';

const MOST = 64;
const FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/** Descriptors of the directories that are written to; those that were not used for longest are closed. */
export class OpenDirectories {
  readonly root: number;
  readonly #open = new Map<DirectoryNode, number>();

  constructor(directory: string) {
    this.root = openSync(directory, FLAGS);
  }

  /** Valid until others have been asked for. */
  of(node: DirectoryNode): number {
    if (node.parent === undefined) return this.root;
    const known = this.#open.get(node);
    if (known !== undefined) {
      this.#open.delete(node);
      this.#open.set(node, known);
      return known;
    }
    const opened = openat2(this.root, joinNames(node.names), FLAGS, WITHOUT_LINKS | RESOLVE_NO_XDEV);
    this.#open.set(node, opened);
    if (this.#open.size > MOST) this.#closeOldest();
    return opened;
  }

  close(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
    closeSync(this.root);
  }

  #closeOldest(): void {
    for (const [node, descriptor] of this.#open) {
      this.#open.delete(node);
      closeSync(descriptor);
      return;
    }
  }
}
