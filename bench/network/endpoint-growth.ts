import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { attachLive } from '../../src/network/live.ts';
import { Networks } from '../../src/network/networks.ts';
import { claimPlace, freePlaces } from '../../src/operations/network/claim.ts';
import type { GrowthReport } from '../benchmark.ts';
import { fitGrowth } from '../growth.ts';
import type { Party } from '../party.ts';
import type { Workshop } from '../start/workshop.ts';
import { median } from '../statistics.ts';
import { inProcess, limitOf } from './attach.ts';
import { BenchNetwork } from './bench-network.ts';
import { newMachine } from './machine.ts';

/** A bridge has 1,023 ports at most. */
const SIZES = [1, 10, 30, 100, 300, 1000];
const SAMPLES = 30;

/** Numbers of the containers that are started: those of the others begin behind them. */
const [LIMIT, OWN, OTHERS] = [0, 1, 2];

/** How long it takes to attach one container more, by the number of those that are attached to the network already. */
export async function growthOfEndpoints(
  workshop: Workshop,
  progress: (words: string) => void,
): Promise<GrowthReport[]> {
  const network = new BenchNetwork(workshop.directory);
  const others = newMachine(join(workshop.directory, 'others'));
  const namespace = openSync(others.file, 'r');
  const parties = [limitOf(workshop, network, LIMIT, false), inProcess(workshop, network, OWN, false)];
  const networks = new Networks(join(workshop.directory, 'places'));
  networks.save(network.state);
  const all = [...parties, places(networks, network)];
  const times = new Map(all.map((party): [Party, GrowthReport['times']] => [party, []]));
  try {
    for (const party of all) await party.measure(SAMPLES);
    let count = 0;
    for (const size of SIZES) {
      progress(`${size} endpoints`);
      for (; count < size; count++) {
        const place = { ...network.place(OTHERS + count, `eth${count}`), gateways: [], isReflected: false };
        attachLive(
          { ...place, network: network.state.name, aliases: [] },
          { namespace, bridge: place.bridge },
        );
        claim(networks, network, idOf(OTHERS + count));
      }
      for (const party of all) times.get(party)?.push({ size, time: median(await party.measure(SAMPLES)) });
    }
    return [...times].map(([{ name }, found]) => ({ name, times: found, growth: fitGrowth(found) }));
  } finally {
    await Promise.all(parties.map((party) => party.end()));
    closeSync(namespace);
    others.remove();
    network.remove();
  }
}

/** A place in the network is taken, with an address that is free, and given up. */
function places(networks: Networks, network: BenchNetwork): Party {
  return {
    name: 'a place is taken and given up',
    async measure(count) {
      return Array.from({ length: count }, (_, index) => {
        const id = idOf(0xffff + index);
        const from = performance.now();
        freePlaces(networks, id, [claim(networks, network, id)]);
        return performance.now() - from;
      });
    },
    end: async () => undefined,
  };
}

function claim(networks: Networks, { state }: BenchNetwork, id: string) {
  return claimPlace(
    { has: () => true },
    networks,
    state,
    { name: state.name, addresses: [], aliases: [] },
    { id, index: 0 },
  );
}

/** By chance, as IDs are: the search for a free address begins where it leads to. */
function idOf(number: number): string {
  return createHash('sha256').update(String(number)).digest('hex');
}
