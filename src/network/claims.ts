import { opendirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeLink, readLink, removeIfEmpty, removeLink, unless } from '../linux/link.ts';

/**
 * Which container has which address of a network: a directory of links, each with an address as its name and the ID of
 * the container as its text. One whose container does not exist is what a killed sc left, and as good as none.
 */
export class Claims {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Answers whether the address is this container's now. `has` says whether a container exists. */
  take(address: string, id: string, has: (id: string) => boolean): boolean {
    const link = this.#link(address);
    if (makeLink(link, packed(id))) return true;
    const holder = this.holder(address);
    if (holder === id) return true;
    if (holder !== undefined && has(holder)) return false;
    removeLink(link);
    return makeLink(link, packed(id));
  }

  /** ID of the container that has an address, or had it. */
  holder(address: string): string | undefined {
    const text = readLink(this.#link(address));
    return text === undefined ? undefined : Buffer.from(text, 'base64url').toString('hex');
  }

  /** No effect on one that another has. */
  free(address: string, id: string): void {
    if (this.holder(address) === id) removeLink(this.#link(address));
  }

  all(): string[] {
    return unless(['ENOENT'], () => readdirSync(this.#directory)) ?? [];
  }

  /** Looks at one after the other until one is such, so that few are looked at of many. */
  some(isSuch: (address: string) => boolean): boolean {
    const directory = unless(['ENOENT'], () => opendirSync(this.#directory));
    if (directory === undefined) return false;
    try {
      for (let entry = directory.readSync(); entry !== null; entry = directory.readSync())
        if (isSuch(entry.name)) return true;
      return false;
    } finally {
      directory.closeSync();
    }
  }

  /** Takes all away, those of containers that do not exist. */
  clear(): void {
    for (const address of this.all()) removeLink(this.#link(address));
    removeIfEmpty(this.#directory);
  }

  #link(address: string): string {
    return join(this.#directory, address);
  }
}

/** An ID in less than 60 bytes, so that a link with it takes no block of ext4. */
function packed(id: string): string {
  return Buffer.from(id, 'hex').toString('base64url');
}
