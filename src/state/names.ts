import { mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from '../linux/atomic-file.ts';
import { isErrno } from '../linux/descriptor.ts';

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
    return unless('ENOENT', () => readlinkSync(join(this.#directory, name)));
  }

  give(name: string, id: string): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.free(name);
    symlinkSync(id, join(this.#directory, name));
  }

  /** Waits until they are on the disk. */
  sync(): void {
    unless('ENOENT', () => syncDirectory(this.#directory));
  }

  free(name: string): void {
    unless('ENOENT', () => unlinkSync(join(this.#directory, name)));
  }

  all(): string[] {
    return unless('ENOENT', () => readdirSync(this.#directory)) ?? [];
  }
}

function unless<Result>(errno: string, action: () => Result): Result | undefined {
  try {
    return action();
  } catch (error) {
    if (isErrno(error, errno)) return undefined;
    throw error;
  }
}
