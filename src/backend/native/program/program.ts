/** A piece of the program's memory. */
export class Data {
  /** From the start of the data. */
  readonly offset: number;
  readonly size: number;

  constructor(offset: number, size: number) {
    this.offset = offset;
    this.size = size;
  }
}

/** One step of the program, known by its place; its result can be an argument of later ones. */
export interface Entry {
  readonly index: number;
}

/** A place in the program to go on at; placed before an entry. */
export interface Label {
  readonly name: string;
  readonly id: number;
}

/** The value of an argument, found when its entry is walked. */
export type Argument =
  | number
  | bigint
  | Data
  | { readonly result: Entry }
  | { readonly load: 8 | 16 | 32 | 64; readonly from: Data; readonly at: number }
  | { readonly pointer: Data; readonly at: number };

/** What to tell people, by the kernel's error name. */
export type Hints = Readonly<Record<string, string>>;

/** A container as a list of system calls: pure data, printed by explain.ts, walked by the stage. */
export interface Program {
  /** In the form of format.ts. */
  readonly bytes: Buffer;
  /** Of each entry, in words for people: `mount proc on /proc`; of a jump the place that it leads to. */
  readonly labels: readonly string[];
  /** By the entry that they are placed before. */
  readonly places: ReadonlyMap<number, readonly string[]>;
  /** How the pieces of data are printed that are no strings. */
  readonly names: readonly { readonly data: Data; readonly text: string }[];
  /** What to try where an entry fails. */
  hintsOf(index: number): Hints | undefined;
}
