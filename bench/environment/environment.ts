import { chmodSync } from 'node:fs';
import type { BenchOptions, Report } from '../benchmark.ts';
import { describeHost } from '../host.ts';
import type { Party } from '../party.ts';
import { measureRounds, type Summary } from '../rounds.ts';
import { makeWorkshop } from '../start/workshop.ts';
import { crunWith } from './crun.ts';
import { mountsGrowth } from './mounts-growth.ts';
import { nativeWith } from './native.ts';
import { parts } from './parts.ts';

const ROUNDS = 10;

/** What each default of the environment costs: the bare container, with each of them, and with all. */
export async function benchEnvironment({ samples, only, progress }: BenchOptions): Promise<Report> {
  const workshop = makeWorkshop();
  // crun goes to the root filesystem as the container's root, who is nobody here.
  chmodSync(workshop.directory, 0o711);
  try {
    const variants = [
      { name: 'bare', parts: [] },
      ...parts.map((part) => ({ name: `with ${part.name}`, parts: [part] })),
      { name: 'with all', parts },
    ];
    const sc = variants.map(({ name, parts }) => nativeWith(workshop, `sc ${name}`, parts));
    const crun = variants.flatMap(({ name, parts }) => crunWith(workshop, `crun ${name}`, parts) ?? []);
    const all: Party[] = [...sc, ...crun];
    try {
      const wanted = ({ name }: Pick<Party, 'name'>) =>
        only.length === 0 || only.some((part) => name.includes(part));
      const parties = all.filter((party, index) => index === 0 || wanted(party));
      const summaries = await measureRounds(parties, {
        samples,
        rounds: ROUNDS,
        progress: (round) => progress(`round ${round} of ${ROUNDS}`),
      });
      const growth = wanted({ name: 'mounts' }) ? await mountsGrowth(Math.ceil(samples / 10), progress) : [];
      return {
        growth,
        benchmark: 'cost of the environment',
        host: describeHost(['crun']),
        parties: summaries.map(onceNoted),
      };
    } finally {
      await Promise.all(all.map((party) => party.end()));
    }
  } finally {
    workshop.remove();
  }
}

/** What crun leaves out is the same each time. */
function onceNoted(summary: Summary, index: number, all: readonly Summary[]): Summary {
  const { note, ...rest } = summary;
  return all.findIndex((other) => other.note === note) === index ? summary : rest;
}
