import { HeldFile } from '../linux/held-file.ts';
import type { Answer } from './answer.ts';
import { fileFacts } from './file-facts.ts';

/** Files of the host that an attempt keeps others from opening, by their paths. */
export class HeldFiles {
  readonly #files = new Map<string, HeldFile>();

  hold(path: string): Answer {
    this.#files.get(path)?.release();
    this.#files.set(path, new HeldFile(path));
    return {};
  }

  /** Who has come to open it. */
  held(path: string): Answer {
    return { processes: this.#fileAt(path).processes() };
  }

  release(path: string): Answer {
    this.#fileAt(path).release();
    this.#files.delete(path);
    return {};
  }

  /** What there is at a path, which must not be held: who opens it would be the one who has to let himself go on. */
  look(path: string): Answer {
    if (this.#files.has(path)) throw new Error(`"${path}" is held, and cannot be looked at`);
    return fileFacts(path);
  }

  close(): void {
    for (const file of this.#files.values()) file.release();
    this.#files.clear();
  }

  #fileAt(path: string): HeldFile {
    const file = this.#files.get(path);
    if (file === undefined) throw new Error(`"${path}" is not held`);
    return file;
  }
}
