import type { BenchOptions, Report } from '../benchmark.ts';
import { describeHost } from '../host.ts';
import type { Party } from '../party.ts';
import { measureRounds } from '../rounds.ts';
import { inProcessParty, limitParty } from './native.ts';
import { commandLines, peers } from './peers.ts';
import { makeWorkshop } from './workshop.ts';

const ROUNDS = 10;

/** Start and end of a container with a static program that does nothing. */
export async function benchStart({ samples, only, progress }: BenchOptions): Promise<Report> {
  const workshop = makeWorkshop();
  try {
    const wanted = ({ name }: Party) => only.length === 0 || only.some((part) => name.includes(part));
    const others = [inProcessParty(workshop), ...peers(workshop), ...commandLines(workshop)];
    const all = [limitParty(workshop), ...others];
    try {
      const parties = all.filter((party, index) => index === 0 || wanted(party));
      const summaries = await measureRounds(parties, {
        samples,
        rounds: ROUNDS,
        progress: (round) => progress(`round ${round} of ${ROUNDS}`),
      });
      const commands = ['runc', 'crun', 'lxc-execute', 'bwrap', 'gcc'];
      return { benchmark: 'start and end of a container', host: describeHost(commands), parties: summaries };
    } finally {
      await Promise.all(all.map((party) => party.end()));
    }
  } finally {
    workshop.remove();
  }
}
