import { openBackend } from '../../src/backend/registry.ts';
import type { BenchOptions, Report } from '../benchmark.ts';
import { describeHost } from '../host.ts';
import type { Party } from '../party.ts';
import { measureRounds } from '../rounds.ts';
import { backendParty, inProcessParty } from '../start/native.ts';
import { lxc, runc } from '../start/peers.ts';
import { makeWorkshop, type Workshop } from '../start/workshop.ts';

const ROUNDS = 10;

/** Each tool by itself, and the backend that starts the same container with it. */
const pairs: readonly { backend: string; alone: (workshop: Workshop) => Party | undefined }[] = [
  { backend: 'oci:runc', alone: runc },
  { backend: 'lxc', alone: lxc },
];

/** What sc adds to the tools that it starts containers with. */
export async function benchBackends({ samples, only, progress }: BenchOptions): Promise<Report> {
  const workshop = makeWorkshop();
  try {
    const tables = [];
    for (const { backend: name, alone } of pairs) {
      // A party that nobody ends would keep the benchmark from ending.
      const tool = only.length > 0 && !only.includes(name) ? undefined : alone(workshop);
      if (tool === undefined) continue;
      const backend = await openBackend(name, workshop.directory);
      const parties = [tool, backendParty(`sc, ${name}`, backend, workshop), inProcessParty(workshop)];
      try {
        const summaries = await measureRounds(parties, {
          samples,
          rounds: ROUNDS,
          progress: (round) => progress(`${name}: round ${round} of ${ROUNDS}`),
        });
        tables.push({ title: name, parties: summaries });
      } finally {
        await Promise.all(parties.map((party) => party.end()));
      }
    }
    const host = describeHost(['runc', 'lxc-execute', 'gcc']);
    return { benchmark: 'backends', host, parties: [], tables };
  } finally {
    workshop.remove();
  }
}
