import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../linux/atomic-file.ts';
import { makeLink, readLink, removeLink, unless } from '../linux/link.ts';

/**
 * Which container has which name: a directory of links, each with a container's name and its ID as text,
 * so that a name is found, or found to be free, without a look at every container. A link whose container
 * does not exist is what a killed sc left, and as good as none.
 */
export class Names {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** ID of the container that has the name, or had it. */
  holder(name: string): string | undefined {
    return readLink(join(this.#directory, name));
  }

  give(name: string, id: string): void {
    this.free(name);
    makeLink(join(this.#directory, name), id);
  }

  /** Waits until they are on the disk. */
  sync(): void {
    unless(['ENOENT'], () => syncDirectory(this.#directory));
  }

  free(name: string): void {
    removeLink(join(this.#directory, name));
  }

  all(): string[] {
    return unless(['ENOENT'], () => readdirSync(this.#directory)) ?? [];
  }
}
