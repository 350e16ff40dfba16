import type { BenchOptions, Report } from '../benchmark.ts';
import { describeHost } from '../host.ts';
import { measureRounds } from '../rounds.ts';
import { makeWorkshop } from '../start/workshop.ts';
import { concurrency } from './concurrency.ts';
import { Crowd } from './crowd.ts';
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
    const logs = isWanted('log') ? logParties(workshop) : [];
    const parties = await measureRounds(logs, {
      samples: Math.min(samples, 20),
      rounds: ROUNDS,
      progress: (round) => progress(`log: round ${round} of ${ROUNDS}`),
    });
    await Promise.all(logs.map((party) => party.end()));
    const host = describeHost(['runc', 'crun', 'lxc-execute', 'bwrap', 'gcc']);
    return { benchmark: 'containers that live on', host, parties, growth, figures };
  } finally {
    workshop.remove();
  }
}
