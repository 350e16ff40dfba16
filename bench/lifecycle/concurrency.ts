import { randomBytes } from 'node:crypto';
import type { Figures } from '../benchmark.ts';
import type { Party } from '../party.ts';
import { inProcessParty, limitParty } from '../start/native.ts';
import { peers } from '../start/peers.ts';
import type { Workshop } from '../start/workshop.ts';
import { median } from '../statistics.ts';

const SIZES = [1, 2, 8, 32];
const ROUNDS = 6;

/** Milliseconds of a turn. */
const TURN = 600;

/** How many containers are started and ended in a second, one after the other and several at once. */
export async function concurrency(workshop: Workshop, progress: (words: string) => void): Promise<Figures> {
  const slots = Array.from({ length: Math.max(...SIZES) }, (_, slot) => crew(workshop, `${slot}`));
  const names = slots[0]?.map(({ name }) => name) ?? [];
  try {
    const taken = new Map(names.map((name) => [name, SIZES.map((): number[] => [])]));
    for (let round = 0; round <= ROUNDS; round++) {
      progress(`starts at once: round ${round} of ${ROUNDS}`);
      for (const name of round % 2 === 1 ? names : names.toReversed())
        for (const [index, size] of SIZES.entries()) {
          const parties = slots.slice(0, size).flatMap((all) => all.filter((party) => party.name === name));
          const rate = await ratePerSecond(parties);
          if (round > 0) taken.get(name)?.[index]?.push(rate);
        }
    }
    const rates = (name: string) => taken.get(name)?.map((rounds) => median(rounds)) ?? [];
    const crun = rates('crun run');
    return {
      title: 'Starts and ends in a second',
      head: ['at once', ...SIZES.map(String), ...SIZES.map((size) => `${size}, times crun`)],
      rows: names.map((name) => [
        name,
        ...rates(name).map((rate) => rate.toFixed(0)),
        ...rates(name).map((rate, index) => (rate / (crun[index] ?? Number.NaN)).toFixed(1)),
      ]),
      notes: [
        `the median of ${ROUNDS} rounds, in which all take turns; what each leaves out stands with \`start\``,
      ],
    };
  } finally {
    await Promise.all(slots.flat().map((party) => party.end()));
  }
}

function crew(workshop: Workshop, slot: string): Party[] {
  const id = randomBytes(32).toString('hex');
  return [limitParty(workshop, slot), inProcessParty(workshop, id), ...peers(workshop, slot)];
}

/** Each does as many as take a turn. */
async function ratePerSecond(parties: readonly Party[]): Promise<number> {
  const [first] = parties;
  if (first === undefined) return Number.NaN;
  const each = Math.max(1, Math.round(TURN / median(await first.measure(2)) / parties.length));
  const from = performance.now();
  await Promise.all(parties.map((party) => party.measure(each)));
  return (parties.length * each * 1000) / (performance.now() - from);
}
