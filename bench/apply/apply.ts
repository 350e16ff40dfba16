import type { BenchOptions, GrowthReport, Report } from '../benchmark.ts';
import { fitGrowth } from '../growth.ts';
import { describeHost } from '../host.ts';
import { repeated } from '../image/repeated.ts';
import type { Party } from '../party.ts';
import { measureRounds, type Summary } from '../rounds.ts';
import { timed } from '../start/peers.ts';
import { makeWorkshop, type Workshop } from '../start/workshop.ts';
import { median } from '../statistics.ts';
import { Fleet, launcher } from './fleet.ts';
import { loops } from './loops.ts';
import { planning } from './planning.ts';

const ROUNDS = 5;

/** How often at most what takes a second or more is done. */
const FEW = 10;

const SIZE = 100;
const SIZES = [1, 3, 10, 30, 100];

/** Files of many containers: applied, applied again without a change, and planned. */
export async function benchApply({ samples, only, progress }: BenchOptions): Promise<Report> {
  const isWanted = (part: string) => only.length === 0 || only.includes(part);
  const workshop = makeWorkshop();
  const fleet = new Fleet(workshop);
  try {
    const few = Math.min(FEW, samples);
    const tables: { title: string; parties: Summary[] }[] = [];
    const table = async (
      part: string,
      title: string,
      most: number,
      make: () => Party[] | Promise<Party[]>,
    ) => {
      if (!isWanted(part)) return;
      progress(part);
      const parties = await make();
      const rounds = Math.min(ROUNDS, most);
      const tell = (round: number) => progress(`${part}: round ${round} of ${rounds}`);
      try {
        tables.push({
          title,
          parties: await measureRounds(parties, { samples: most, rounds, progress: tell }),
        });
      } finally {
        for (const party of parties) await party.end();
      }
    };
    await table('start', `${SIZE} containers are started`, few, async () => [
      ...(await loops(workshop, SIZE)),
      applying(fleet),
    ]);
    await table('again', `${SIZE} containers that are there are applied again`, samples, () =>
      again(workshop, fleet),
    );
    const growth = isWanted('growth') ? [growthOf(fleet, few, progress)] : [];
    const figures = isWanted('plan') ? [planning(fleet, few, progress)] : [];
    const host = describeHost(['dockerd', 'podman', 'runc', 'gcc']);
    return { benchmark: 'apply', host, parties: [], tables, growth, figures };
  } finally {
    await fleet.end();
    workshop.remove();
  }
}

function applying(fleet: Fleet): Party {
  const file = fleet.fileOf(SIZE);
  return repeated({
    name: 'sc apply',
    note: 'of a file; its monitor runs already, but for the first time',
    once: () => fleet.apply(file),
    between: () => fleet.delete(),
  });
}

/** What is above the first of them is the goal's. */
function again(workshop: Workshop, fleet: Fleet): Party[] {
  const file = fleet.fileOf(SIZE);
  fleet.apply(file);
  const { environment } = fleet;
  const same = timed(workshop, {
    name: 'sc apply, no change',
    argv: [launcher, 'apply', '--quiet', file],
    environment,
  });
  const end = () => same.end().finally(() => fleet.delete());
  return [
    timed(workshop, { name: 'sc --version', argv: [launcher, '--version'], environment }),
    { ...same, end },
  ];
}

/** How the time of applying grows with the number of containers. */
function growthOf(fleet: Fleet, samples: number, progress: (words: string) => void): GrowthReport {
  const times = SIZES.map((size) => {
    progress(`${size} containers`);
    const file = fleet.fileOf(size);
    const durations = Array.from({ length: samples }, () => {
      const from = performance.now();
      fleet.apply(file);
      const duration = performance.now() - from;
      fleet.delete();
      return duration;
    });
    return { size, time: median(durations) };
  });
  return { name: 'sc apply of a file of containers', times, growth: fitGrowth(times) };
}
