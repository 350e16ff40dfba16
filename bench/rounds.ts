import type { Party } from './party.ts';
import { median, quantile } from './statistics.ts';

export interface Summary {
  name: string;
  note?: string;
  samples: number;
  /** Milliseconds. */
  median: number;
  p90: number;
  /** Its median by that of the first party, in each round. */
  ratios: number[];
  /** The median of `ratios`. */
  ratio: number;
}

export interface RoundsOptions {
  /** Of each party, at least. */
  samples: number;
  rounds: number;
  /** Told of each round before it starts, counting from 1. */
  progress?: (round: number) => void;
}

/** Milliseconds. What takes longer is measured a fifth as often. */
const LONG = 1000;

/** Milliseconds that a party runs before the first round: fills caches, and lets compilers that learn learn. */
const WARM_UP = 2000;

/** Milliseconds that a turn takes at least, so that what is short is not only its own beginning. */
const TURN = 100;

/**
 * Measures the parties in rounds, each in turn, every other round in the opposite order (A B C C B A), so
 * that what else the host does falls on all alike. Ratios are taken round by round for the same reason.
 */
export async function measureRounds(
  parties: readonly Party[],
  { samples, rounds, progress }: RoundsOptions,
): Promise<Summary[]> {
  const measured = new Map<Party, number[][]>(parties.map((party) => [party, []]));
  const perRound = new Map<Party, number>();
  for (const party of parties) {
    const cold = median(await party.measure(3));
    const once = cold < LONG / 10 ? median(await party.measure(Math.ceil(WARM_UP / cold))) : cold;
    const wanted = Math.max(Math.ceil(samples / rounds), Math.ceil(TURN / once));
    perRound.set(party, once > LONG ? Math.ceil(samples / rounds / 5) : wanted);
  }
  for (let round = 1; round <= rounds; round++) {
    progress?.(round);
    for (const party of round % 2 === 1 ? parties : parties.toReversed()) {
      measured.get(party)?.push(await party.measure(perRound.get(party) ?? 1));
    }
  }
  const reference = parties[0] ? (measured.get(parties[0]) ?? []) : [];
  return parties.map((party) => summarize(party, measured.get(party) ?? [], reference));
}

function summarize({ name, note }: Party, rounds: number[][], reference: number[][]): Summary {
  const all = rounds.flat();
  const ratios = rounds.map((sample, round) => median(sample) / median(reference[round] ?? []));
  return {
    name,
    ...(note !== undefined && { note }),
    samples: all.length,
    median: median(all),
    p90: quantile(all, 0.9),
    ratios,
    ratio: median(ratios),
  };
}
