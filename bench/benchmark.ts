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

export interface Report {
  benchmark: string;
  host: Host;
  /** The first is what the ratios are taken against. */
  parties: Summary[];
  growth?: GrowthReport[];
}

export type Benchmark = (options: BenchOptions) => Promise<Report>;
