import type { LineCounter } from 'yaml';
import { parentPath } from './path.ts';

/** Line and column, both from 1; a column is a UTF-16 code unit, as editors count. */
export interface Place {
  line: number;
  column: number;
}

/** Where the keys and values of one document stand in its file. */
export class Places {
  readonly #keys = new Map<string, number>();
  readonly #values = new Map<string, number>();
  readonly #collections = new Set<string>();
  readonly #lines: Pick<LineCounter, 'linePos'>;

  constructor(lines: Pick<LineCounter, 'linePos'>) {
    this.#lines = lines;
  }

  addKey(path: string, offset: number): void {
    this.#keys.set(path, offset);
  }

  addValue(path: string, offset: number, isCollection: boolean): void {
    this.#values.set(path, offset);
    if (isCollection) this.#collections.add(path);
  }

  has(path: string): boolean {
    return this.#values.has(path);
  }

  /** Where a value stands; a list or map at its key, and what is not in the document at what it would be in. */
  ofValue(path: string): Place {
    const offset = this.#collections.has(path) ? this.#keys.get(path) : undefined;
    return this.#nearest(path, offset ?? this.#values.get(path));
  }

  /** Where the key of a value stands; an item of a list has none and stands for itself. */
  ofKey(path: string): Place {
    return this.#nearest(path, this.#keys.get(path) ?? this.#values.get(path));
  }

  ofOffset(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #nearest(path: string, offset: number | undefined): Place {
    if (offset !== undefined) return this.ofOffset(offset);
    const parent = parentPath(path);
    return parent === undefined ? { line: 1, column: 1 } : this.ofValue(parent);
  }
}
