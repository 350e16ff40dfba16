// Generated from schema/conformance-log.schema.json by `npm run generate`; not to be edited.

import type { AdapterDescription } from './conformance-adapter.ts';

/**
 * A line of the log of a run of the conformance suite, from which every report is made. The first
 * tells of the run, then each case has one, and the last tells that nothing is missing.
 */
export type ConformanceLog = RunEvent | CaseEvent | EndEvent;

/** What is run on what. */
export interface RunEvent {
  /** What the line tells of. */
  event: 'run';
  /** Version of the form of this log. */
  form: 1;
  time: Time;
  runtime: RuntimeFacts;
  suite: SuiteFacts;
  host: HostFingerprint;
  selection: Selection;
}

/** RFC 3339, UTC, to the millisecond. */
export type Time = string;

/** The runtime that is measured. */
export interface RuntimeFacts {
  /** As it was asked for. */
  argument: string;
  /** What it said of itself before any case ran. */
  declared?: AdapterDescription;
  /** Why it did not say anything of itself. */
  failure?: string;
}

/** The suite that measures. */
export interface SuiteFacts {
  /** Version of sc. */
  version: string;
  /** Version of the specification. */
  specification: string;
  /** Digest of all its statements. */
  specificationDigest: string;
  /** Digest of all cases. */
  casesDigest: string;
  /** How many statements the specification has. */
  statements: number;
  /** How many cases there are. */
  cases: number;
}

/** The machine. */
export interface HostFingerprint {
  /** Release of the kernel. */
  kernel: string;
  /** Processor, as Node.js names it. */
  processor: string;
  /** Mode of the control groups. */
  controlGroups: 'v1' | 'v2' | 'hybrid' | 'none';
  /** Controllers that there are. */
  controllers: string[];
  /** Security modules of the kernel. */
  security: string[];
  /** Version of Node.js. */
  node: string;
  /** Whether the suite ran as root. */
  root: boolean;
}

/** Which cases were asked for, and in which order they ran. */
export interface Selection {
  /** Profiles; empty for all. */
  profiles: string[];
  /** Levels; empty for all. */
  levels: Level[];
  /** Patterns of cases and IDs of statements; empty for all. */
  cases: string[];
  /** Number that the order comes from. */
  seed: number;
  /** How many cases these are. */
  selected: number;
}

/** The level of a statement. */
export type Level = 'must' | 'should' | 'may';

/** How a case ended, by the table in specs/conformance.md. */
export type ResultState =
  | 'PASS'
  | 'FAIL'
  | 'UNSUPPORTED'
  | 'PRECONDITION'
  | 'NOT-APPLICABLE'
  | 'XFAIL'
  | 'XPASS'
  | 'ERROR'
  | 'TIMEOUT'
  | 'CRASH';

/** How a case ended. */
export interface CaseEvent {
  /** What the line tells of. */
  event: 'case';
  /** ID of the case. */
  case: string;
  /** What holds where it passes. */
  title: string;
  /** IDs of the statements that it checks. */
  requirements: string[];
  /** Profiles of these statements. */
  profiles: string[];
  level: Level;
  state: ResultState;
  /** Why it did not pass. */
  reason?: string;
  /** What was done and seen, in the order in which it was. */
  evidence?: Evidence[];
  /** How many expectations were looked at. */
  assertions: number;
  /** Link to the mistake that is known. */
  knownMistake?: string;
  /** How long it took. */
  milliseconds: number;
}

/** A step that did not go as it had to, and those before it. */
export interface Evidence {
  /** Number of the step, from 1; 0 for what is not of a step. */
  step: number;
  /** What was done. */
  action: string;
  /** Number of the row of the table, from 1. */
  row?: number;
  /** Whether it was in the control. Default: false. */
  control?: boolean;
  /** What was answered or seen. */
  seen?: {
    [name: string]: unknown;
  };
  /** Expectations that broke. */
  broken?: string[];
}

/** That all cases have been tried. */
export interface EndEvent {
  /** What the line tells of. */
  event: 'end';
  time: Time;
  counts: Counts;
  /** How long all took. */
  milliseconds: number;
}

/** How many cases ended in each state. */
export interface Counts {
  [name: string]: number;
}
