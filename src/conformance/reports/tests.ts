import type { ResultState } from '../../schema/conformance-log.ts';

/** A run of tests, as TAP and JUnit tell it. */
export interface TestRun {
  name: string;
  /** The same with the version of what was tested. */
  title: string;
  /** RFC 3339. */
  time: string;
  milliseconds: number;
  /** How many there were to be. */
  planned: number;
  tests: readonly Test[];
}

/** How one of them ended. */
export interface Test {
  group: string;
  name: string;
  state: ResultState;
  reason?: string | undefined;
  /** What was done and seen. */
  evidence?: readonly unknown[] | undefined;
  milliseconds: number;
}
