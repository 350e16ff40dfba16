import type { BenchOptions, Report } from '../benchmark.ts';
import { describeHost } from '../host.ts';
import type { Party } from '../party.ts';
import { measureRounds, type Summary } from '../rounds.ts';
import { makeWorkshop } from '../start/workshop.ts';
import { commitParties } from './commit.ts';
import { diffGrowth } from './diff.ts';
import { runParties } from './run.ts';
import { Shelf } from './shelf.ts';
import { unpackParties } from './unpack.ts';

const ROUNDS = 10;

/** Images: unpacking, running, comparing and making them. */
export async function benchImage({ samples, only, progress }: BenchOptions): Promise<Report> {
  const isWanted = (part: string) => only.length === 0 || only.includes(part);
  const workshop = makeWorkshop();
  let shelf: Shelf | undefined;
  try {
    const growth = isWanted('diff') ? await diffGrowth(workshop, Math.min(samples, 20), progress) : [];
    const tables: { title: string; parties: Summary[] }[] = [];
    const table = async (part: string, title: string, make: (shelf: Shelf) => Party[] | Promise<Party[]>) => {
      if (!isWanted(part)) return;
      progress(`${part}: an image of Debian`);
      shelf ??= new Shelf(workshop);
      const parties = await make(shelf);
      const rounds = Math.min(ROUNDS, samples);
      const tell = (round: number) => progress(`${part}: round ${round} of ${rounds}`);
      try {
        tables.push({ title, parties: await measureRounds(parties, { samples, rounds, progress: tell }) });
      } finally {
        for (const party of parties) await party.end();
      }
    };
    await table('unpack', 'a layer of Debian is unpacked', unpackParties);
    await table('commit', 'an image of a container with all of /usr written', commitParties);
    await table('run', 'a container of an image', (shelf) => runParties(workshop, shelf));
    const host = describeHost(['podman', 'dockerd', 'tar', 'gzip', 'runc']);
    return { benchmark: 'images', host, parties: [], tables, growth };
  } finally {
    try {
      shelf?.end();
    } finally {
      workshop.remove();
    }
  }
}
