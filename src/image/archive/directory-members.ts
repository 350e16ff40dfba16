import { closeSync, createReadStream, fstatSync, openSync, readFileSync } from 'node:fs';
import { failure } from '../../errors/reason.ts';
import { O_CLOEXEC, O_DIRECTORY, O_NONBLOCK, O_PATH, O_RDONLY } from '../../linux/constants.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { INSIDE_ROOT, openat2 } from '../../linux/openat2.ts';
import type { Expected, NewBlob } from '../content/blob-writer.ts';
import type { Intake } from '../content/intake.ts';
import { checkDocumentSize } from '../format/documents.ts';
import { badMember, type Members, memberName } from './members.ts';

/** The files below a directory. Links among them are followed, and none leads out of it. */
export class DirectoryMembers implements Members {
  readonly #directory: string;
  readonly #intake: Intake;

  constructor(directory: string, intake: Intake) {
    this.#directory = directory;
    this.#intake = intake;
  }

  has(name: string): boolean {
    const file = this.#open(name);
    if (file !== undefined) closeSync(file);
    return file !== undefined;
  }

  read(name: string): Buffer {
    const file = this.#get(name);
    try {
      checkDocumentSize(`member "${name}"`, fstatSync(file).size);
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  }

  async take(name: string, what: string, expected: Expected): Promise<NewBlob> {
    // The stream closes it.
    const bytes = createReadStream('', { fd: this.#get(name), highWaterMark: 1024 * 1024 });
    return this.#intake.put(bytes, what, expected);
  }

  #get(name: string): number {
    const file = this.#open(name);
    if (file === undefined) throw badMember(name, 'it is missing');
    return file;
  }

  /** Nobody is waited for who would write into a FIFO. */
  #open(name: string): number | undefined {
    const root = this.#openRoot();
    try {
      const file = openat2(root, memberName(name), O_RDONLY | O_NONBLOCK | O_CLOEXEC, INSIDE_ROOT);
      if (fstatSync(file).isFile()) return file;
      closeSync(file);
      throw badMember(name, 'it is no regular file');
    } catch (error) {
      if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
      if (isErrno(error, 'ELOOP')) throw badMember(name, 'its links have no end');
      throw error;
    } finally {
      closeSync(root);
    }
  }

  #openRoot(): number {
    try {
      return openSync(this.#directory, O_PATH | O_DIRECTORY);
    } catch (error) {
      const code = isErrno(error, 'ENOENT') ? 'SC_NOT_FOUND' : 'SC_SYSTEM_CALL';
      throw failure(code, `read the image layout "${this.#directory}"`, error);
    }
  }
}
