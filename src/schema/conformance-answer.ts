// Generated from schema/conformance-answer.schema.json by `npm run generate`; not to be edited.

import type { AdapterDescription } from './conformance-adapter.ts';
import type {
  Counts,
  HostFingerprint,
  Level,
  ResultState,
  RuntimeFacts,
  SuiteFacts,
} from './conformance-log.ts';

/** What the commands of `sc conformance` print with `--json`. */
export type ConformanceAnswer =
  ConformanceResult | CaseList | ConformanceReport | Comparison | AdapterLint | MutantsResult;

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

/**
 * `sc conformance report --format json`: what the logs of runs say of each statement and each
 * profile.
 */
export interface ConformanceReport {
  /** Version of the specification. */
  specification: string;
  /** The runs, in the order of their logs. */
  runs: ReportedRun[];
  /** All statements that a runtime can be held to. */
  statements: ReportedStatement[];
}

/** A run. */
export interface ReportedRun {
  runtime: RuntimeFacts;
  suite: SuiteFacts;
  host: HostFingerprint;
  /** Whether it came to its end. */
  complete: boolean;
  counts: Counts;
  tally: Tally;
  /** What can be claimed of each profile. */
  profiles: ProfileVerdict[];
  /** Cases that count as failed or incomplete. */
  troubles: Trouble[];
}

/** The musts of a profile, by what a run says of them. */
export interface ProfileVerdict {
  /** Its name. */
  profile: string;
  /** Whether each of its musts has passed, so that conformance can be claimed. */
  conforms: boolean;
  /** How many it has. */
  musts: number;
  /** Those that passed. */
  passed: number;
  /** Those that failed. */
  failed: number;
  /** Those of which some case is incomplete. */
  incomplete: number;
  /** Those that the runtime has declared not to have. */
  unsupported: number;
  /** Those that it cannot be asked. */
  notApplicable: number;
  /** Those without a case in the run. */
  untested: number;
}

/** What a run says of a statement by its cases. */
export type CellState = 'passed' | 'failed' | 'incomplete' | 'unsupported' | 'not-applicable' | 'untested';

/** A statement. */
export interface ReportedStatement {
  /** Its ID. */
  id: string;
  level: Level;
  /** Its profile. */
  profile: string;
  /** What each run says of it, in their order. */
  states: CellState[];
}

/** `sc conformance compare`: what is otherwise in a later run. */
export interface Comparison {
  /** Cases that ended in another state, or are in one of both alone. */
  changed: ChangedCase[];
  /** IDs of those that passed before and do not now. */
  worse: string[];
  /** Whether both were of the same cases and the same specification. */
  sameSuite: boolean;
}

/** A case that ended otherwise. */
export interface ChangedCase {
  /** Its ID. */
  case: string;
  /** Its state in the earlier run, where it is in that. */
  before?: ResultState;
  /** Its state in the later run, where it is in that. */
  after?: ResultState;
  /** Why it does not pass now. */
  reason?: string;
}

/** `sc conformance mutants`: whether cases fail on runtimes with a fault. */
export interface MutantsResult {
  /** By name. */
  mutants: MutantVerdict[];
  /** Cases that do not pass without a fault either, so that they say nothing here. */
  unsound: Trouble[];
  /** Whether it came to its end. */
  complete: boolean;
  /** How long it took. */
  milliseconds: number;
}

/** A runtime with a fault. */
export interface MutantVerdict {
  /** Its name. */
  mutant: string;
  /** What is wrong with it. */
  fault: string;
  /** IDs of the cases that failed on it. */
  killers: string[];
  /** Cases that name it, and did not fail on it. */
  survived: Trouble[];
}

/** `sc conformance adapter lint`: how far an adapter holds to the protocol. */
export interface AdapterLint {
  /** What it says of itself, where it does. */
  declared?: AdapterDescription;
  /** What was looked at, in order. */
  checks: AdapterCheck[];
  /** Whether nothing is wrong with it. */
  sound: boolean;
}

/** Something that an adapter has to do. */
export interface AdapterCheck {
  /** What it has to do. */
  check: string;
  /** What it does instead. */
  problem?: string;
}
