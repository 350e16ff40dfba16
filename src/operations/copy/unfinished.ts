import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { O_CLOEXEC, O_DIRECTORY } from '../../linux/constants.ts';
import { namesIn } from '../../linux/directory.ts';
import { unlinkat } from '../../linux/directory-entries.ts';
import { lockIfFree } from '../../linux/flock.ts';
import { unless } from '../../linux/link.ts';

const BEGINNING = '.sc-copy-';
const FORM = new RegExp(`^\\${BEGINNING}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`);

/** A name of what is not complete yet. */
export interface UnfinishedName {
  name: Buffer;
  /** To be called when nothing has the name any more. */
  release(): void;
}

/**
 * Names of what is not complete yet in directories that are written to: there is no call that puts a file without a name
 * in the place of another. Who is killed between two calls leaves one behind, and the next who needs one in that directory
 * takes it away. That nobody is at it is known by the directory's lock (flock(2)), which all who are at something share.
 */
export class UnfinishedNames {
  /** Directories in which nothing of the dead is left. */
  readonly #cleared = new Set<string>();

  begin(directory: number): UnfinishedName {
    const name = Buffer.from(BEGINNING + randomUUID());
    // Where it cannot be read or locked, nothing can be told of others.
    const opened = unless(['EACCES', 'ENOLCK', 'EOPNOTSUPP'], () => this.#lock(directory));
    return { name, release: () => opened !== undefined && closeSync(opened) };
  }

  #lock(directory: number): number {
    const opened = openSync(`/proc/self/fd/${directory}`, O_DIRECTORY | O_CLOEXEC);
    try {
      const { dev, ino } = fstatSync(opened, { bigint: true });
      const identity = `${dev}:${ino}`;
      if (!this.#cleared.has(identity) && lockIfFree(opened)) {
        for (const name of namesIn(opened)) if (FORM.test(name.toString('latin1'))) removeAt(opened, name);
        this.#cleared.add(identity);
      }
      lockIfFree(opened, { shared: true });
      return opened;
    } catch (error) {
      closeSync(opened);
      throw error;
    }
  }
}

/** A directory of such a name is nobody's here. */
function removeAt(directory: number, name: Buffer): void {
  unless(['ENOENT', 'EISDIR', 'EPERM', 'EACCES'], () => unlinkat(directory, name));
}
