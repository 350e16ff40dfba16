import type { BenchOptions, Report } from '../benchmark.ts';
import { describeHost } from '../host.ts';
import type { Party } from '../party.ts';
import { measureRounds, type Summary } from '../rounds.ts';
import { makeWorkshop } from '../start/workshop.ts';
import { concurrency } from './concurrency.ts';
import { Crowd } from './crowd.ts';
import { execParties } from './exec.ts';
import { logParties } from './log.ts';

const ROUNDS = 10;

/** Containers that live on: what they cost, how fast they come, and how fast their words are kept. */
export async function benchLifecycle({ samples, only, progress }: BenchOptions): Promise<Report> {
  const isWanted = (part: string) => only.length === 0 || only.includes(part);
  const workshop = makeWorkshop();
  try {
    const figures: Report['figures'] = [];
    const growth: Report['growth'] = [];
    if (isWanted('crowd')) {
      const crowd = new Crowd(workshop);
      try {
        const measured = await crowd.measure(progress);
        figures.push(measured.memory);
        growth.push(measured.growth);
      } finally {
        await crowd.end();
      }
    }
    if (isWanted('concurrency')) figures.push(await concurrency(workshop, progress));
    const tables: Report['tables'] = [];
    if (isWanted('exec')) tables.push(await compare('exec', await execParties(workshop), samples, progress));
    if (isWanted('log')) {
      const few = Math.min(samples, 20);
      tables.push(await compare('what a container writes', logParties(workshop), few, progress));
    }
    const host = describeHost(['runc', 'crun', 'lxc-execute', 'bwrap', 'gcc']);
    return { benchmark: 'containers that live on', host, parties: [], tables, growth, figures };
  } finally {
    workshop.remove();
  }
}

async function compare(
  title: string,
  parties: readonly Party[],
  samples: number,
  progress: (words: string) => void,
): Promise<{ title: string; parties: Summary[] }> {
  try {
    const tell = (round: number) => progress(`${title}: round ${round} of ${ROUNDS}`);
    return { title, parties: await measureRounds(parties, { samples, rounds: ROUNDS, progress: tell }) };
  } finally {
    await Promise.all(parties.map((party) => party.end()));
  }
}
