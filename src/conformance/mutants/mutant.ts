import type { Fault } from './fault.ts';

/** A runtime with one fault that somebody has put there, to see whether the suite sees it. */
export interface Mutant {
  /** What is wrong with it, as a sentence without a full stop. */
  fault: string;
  put: Fault;
}

/** By their names, which cases have in `killedBy`. */
export type Mutants = { readonly [name: string]: Mutant };
