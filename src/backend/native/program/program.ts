import type { SyscallName } from '../../../linux/syscalls.ts';

/** A piece of the program's memory. Its place is known when the program is encoded. */
export interface Data {
  readonly bytes: Buffer;
  /** Pointers that stand inside this piece, by their offset in it. */
  readonly pointers: readonly { at: number; to: Data }[];
  /** How it is printed; the text of a string, or a word for a structure. */
  readonly text: string;
}

/** A place in the program to go on at; placed before an entry. */
export interface Label {
  readonly name: string;
  entry?: number;
}

/** The value of an argument, found when its entry is walked. */
export type Argument =
  | number
  | bigint
  | Data
  | { readonly result: Entry }
  | { readonly load: 8 | 16 | 32 | 64; readonly from: Data; readonly at: number }
  | { readonly pointer: Data; readonly at: number }
  | { readonly header: 'failure' };

export type Condition = 'always' | 'equal' | 'not-equal' | 'less' | 'mask';

export type Control = 'jump' | 'store' | 'fail';

/** What to tell people, by the kernel's error name. */
export type Hints = Readonly<Record<string, string>>;

export interface Entry {
  readonly index: number;
  /** In words, for people: `mount proc on /proc`. */
  readonly label: string;
  readonly code: SyscallName | Control;
  readonly arguments: readonly Argument[];
  /** Where a failure leads; undefined where failure is allowed. */
  readonly onFailure: Label | undefined;
  /** Of a jump. */
  readonly jump?: { to: Label; condition: Condition };
  hints?: Hints;
}

/** A container as a list of system calls: pure data, printed by explain.ts, walked by the stage. */
export interface Program {
  readonly entries: readonly Entry[];
  readonly data: readonly Data[];
}
