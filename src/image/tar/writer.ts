import { ScError } from '../../errors/error.ts';
import { visible } from '../../errors/visible.ts';
import { BLOCK_SIZE, upToBlock } from './block.ts';
import type { TarEntry } from './entry.ts';
import { encodeHeader } from './header.ts';

/**
 * Makes a tar, each method the next bytes of it: the same for the same entries and content. What a header of ustar has
 * no room for stands in an extended header of pax. Holes are written as zeros: GNU tar and Go know other forms, but not
 * everybody does.
 */
export class TarWriter {
  #path: Buffer = Buffer.alloc(0);
  #size = 0;
  /** Bytes of content that are still to come. */
  #rest = 0;

  /** The headers of an entry. */
  begin(entry: TarEntry): Buffer {
    this.#path = entry.path;
    this.#size = entry.type === 'file' ? entry.size : 0;
    this.#rest = this.#size;
    return encodeHeader(entry);
  }

  /** Content as it comes. Throws SC_STORAGE_FAILED where it is more than the entry said. */
  content(bytes: Buffer): Buffer {
    this.#rest -= bytes.length;
    if (this.#rest < 0) throw this.#wrongSize('more');
    return bytes;
  }

  /** What fills up the last block. Throws SC_STORAGE_FAILED where content is missing. */
  end(): Buffer {
    if (this.#rest > 0) throw this.#wrongSize('less');
    return zeros.subarray(0, upToBlock(this.#size) - this.#size);
  }

  /** What ends the tar. */
  finish(): Buffer {
    return zeros;
  }

  #wrongSize(word: string): ScError {
    const path = visible(this.#path.toString());
    return new ScError(
      'SC_STORAGE_FAILED',
      `write "${path}" into a tar: ${word} than its ${this.#size} bytes`,
      {
        hint: 'is something writing it?',
      },
    );
  }
}

const zeros = Buffer.alloc(2 * BLOCK_SIZE);
