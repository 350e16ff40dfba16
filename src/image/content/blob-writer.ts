import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { writeFully } from '../../linux/descriptor.ts';

/** What a blob has to be, as far as that is known before it has come. */
export interface Expected {
  digest?: string;
  size?: number;
}

/** A blob that has come: which it is, and where. */
export interface NewBlob {
  digest: string;
  size: number;
  path: string;
}

/** Digits are gathered before they are written and hashed: the pieces of a tar are small. */
const GATHERED = 256 * 1024;

/**
 * Takes the bytes of a blob as they come, into a file of its own in a directory of files that nobody uses yet. All
 * or nothing: where the bytes end, the blob is what was expected and named by its digest, or it is gone. Who admits it
 * waits for the disk.
 */
export class BlobWriter {
  readonly #directory: string;
  readonly #what: string;
  readonly #unfinished: string;
  readonly #descriptor: number;
  readonly #hash = createHash('sha256');
  readonly #gathered = Buffer.allocUnsafe(GATHERED);
  #length = 0;
  #size = 0;
  #isOpen = true;

  /** `what` names the blob in errors. */
  constructor(directory: string, what: string) {
    this.#directory = directory;
    this.#what = what;
    this.#unfinished = join(directory, `.${randomUUID()}`);
    this.#descriptor = openSync(this.#unfinished, 'wx', 0o600);
  }

  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (this.#length + bytes.length > GATHERED) this.#flush();
    if (bytes.length >= GATHERED) this.#put(bytes);
    else {
      this.#gathered.set(bytes, this.#length);
      this.#length += bytes.length;
    }
  }

  /** Throws SC_BAD_IMAGE, and nothing is left, where it is not what was expected. */
  finish(expected: Expected = {}): NewBlob {
    try {
      this.#flush();
      const digest = `sha256:${this.#hash.digest('hex')}`;
      checkBlob({ digest, size: this.#size }, this.#what, expected);
      const path = join(this.#directory, digest.slice('sha256:'.length));
      renameSync(this.#unfinished, path);
      this.#close();
      return { digest, size: this.#size, path };
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Leaves nothing of it; no effect where it is finished. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#close();
    rmSync(this.#unfinished, { force: true });
  }

  #flush(): void {
    this.#put(this.#gathered.subarray(0, this.#length));
    this.#length = 0;
  }

  #put(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    writeFully(this.#descriptor, bytes);
  }

  #close(): void {
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }
}

/** Throws SC_BAD_IMAGE where a blob is not what was expected; `what` names it. */
export function checkBlob(
  { digest, size }: Pick<NewBlob, 'digest' | 'size'>,
  what: string,
  expected: Expected,
): void {
  if (expected.size !== undefined && size > expected.size)
    throw refusal(what, `it has more than ${expected.size} bytes`);
  if (expected.size !== undefined && size < expected.size)
    throw refusal(what, `it has ${size} bytes in place of ${expected.size}`);
  if (expected.digest !== undefined && digest !== expected.digest)
    throw refusal(what, `its digest is ${digest} in place of ${expected.digest}`);
}

function refusal(what: string, why: string): ScError {
  return new ScError('SC_BAD_IMAGE', `take in ${what}: ${why}`);
}
