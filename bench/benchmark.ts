import type { Growth } from './growth.ts';
import type { Host } from './host.ts';
import type { Summary } from './rounds.ts';

export interface BenchOptions {
  /** Of each party, at least. */
  samples: number;
  /** Parties whose names contain one of these; all where none is given. */
  only: readonly string[];
  progress: (words: string) => void;
}

/** How a time grows with a number of things. */
export interface GrowthReport {
  name: string;
  /** Milliseconds by the number. */
  times: { size: number; time: number }[];
  growth: Growth;
}

/** A table of its own kind. */
export interface Figures {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  notes: readonly string[];
}

export interface Report {
  benchmark: string;
  host: Host;
  /** The first is what the ratios are taken against. */
  parties: Summary[];
  /** Others of the same kind. */
  tables?: { title: string; parties: Summary[] }[];
  growth?: GrowthReport[];
  figures?: Figures[];
}

export type Benchmark = (options: BenchOptions) => Promise<Report>;
