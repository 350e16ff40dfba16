import type { Hints, Program } from './program.ts';

/** What is only looked at by people or after a failure is put in order when it is. */
export class WrittenProgram implements Program {
  readonly bytes: Buffer;
  readonly labels: readonly string[];
  readonly names: Program['names'];
  readonly #places: readonly (number | string)[];
  readonly #hints: readonly (number | Hints)[];

  constructor(
    bytes: Buffer,
    labels: readonly string[],
    names: Program['names'],
    places: readonly (number | string)[],
    hints: readonly (number | Hints)[],
  ) {
    this.bytes = bytes;
    this.labels = labels;
    this.names = names;
    this.#places = places;
    this.#hints = hints;
  }

  get places(): Program['places'] {
    const places = new Map<number, string[]>();
    for (let at = 0; at < this.#places.length; at += 2) {
      const [entry, name] = [Number(this.#places[at]), String(this.#places[at + 1])];
      const names = places.get(entry);
      if (names) names.push(name);
      else places.set(entry, [name]);
    }
    return places;
  }

  hintsOf(index: number): Hints | undefined {
    for (let at = 0; at < this.#hints.length; at += 2) {
      if (this.#hints[at] === index) return this.#hints[at + 1] as Hints;
    }
    return undefined;
  }
}
