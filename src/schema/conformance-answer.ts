// Generated from schema/conformance-answer.schema.json by `npm run generate`; not to be edited.

import type { Counts, Level, ResultState, RuntimeFacts } from './conformance-log.ts';

/** What the commands of `sc conformance` print with `--json`. */
export type ConformanceAnswer = ConformanceResult | CaseList;

/** `sc conformance run`: what came of a run. */
export interface ConformanceResult {
  runtime: RuntimeFacts;
  /** Number that the order comes from: `--seed` repeats it. */
  seed: number;
  /** Whether it came to its end. */
  complete: boolean;
  counts: Counts;
  tally: Tally;
  /** Cases that count as failed or incomplete. */
  troubles: Trouble[];
  /** File with the log. */
  log?: string;
  /** How long it took. */
  milliseconds: number;
}

/** How many cases count as what, by the table of states in specs/conformance.md. */
export interface Tally {
  /** Those that passed. */
  passed: number;
  /** Those that failed, in whatever way. */
  failed: number;
  /** Those of which nothing is known, since the host or the suite lacks something. */
  incomplete: number;
  /** Those for what the runtime has declared not to have. */
  unsupported: number;
  /** Those that this kind of runtime cannot be asked. */
  notApplicable: number;
}

/** A case that did not pass. */
export interface Trouble {
  /** ID of the case. */
  case: string;
  state: ResultState;
  /** Why. */
  reason: string;
}

/** `sc conformance list`: cases, and the statements that none of them checks. */
export interface CaseList {
  /** In the order of their IDs. */
  cases: ListedCase[];
  /** IDs of the statements, of the wanted profiles and levels, that no case of all checks. */
  unchecked: string[];
}

/** A case. */
export interface ListedCase {
  /** Its ID. */
  case: string;
  /** What holds where it passes. */
  title: string;
  level: Level;
  /** Profiles of the statements that it checks. */
  profiles: string[];
  /** IDs of the statements that it checks. */
  requirements: string[];
  /** What is wrong with the case, which then is not run. */
  faults: string[];
}
