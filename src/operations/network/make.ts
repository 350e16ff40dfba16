import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import type { UndoStack } from '../../execute/undo.ts';
import { subnetOf } from '../../network/addresses.ts';
import { freeBridgeName, routedRanges } from '../../network/bridge.ts';
import type { Networks } from '../../network/networks.ts';
import { checkNetworkName, DEFAULT_NETWORK, defaultNetwork, newNetwork } from '../../network/new-network.ts';
import type { TakenRange } from '../../network/pool.ts';
import type { NetworkSpec } from '../../schema/network-spec.ts';
import type { NetworkState } from '../../schema/network-state.ts';
import type { CreateNetworkStep } from '../../schema/plan.ts';
import { makeRoot } from '../../state/root.ts';
import type { Workplace } from '../workplace.ts';
import { networksOf, noSuchNetwork } from './found.ts';
import { removeUnused } from './remove-unused.ts';

/**
 * Records a network, as that of a container file where it is of one: its bridge is made when a container first needs it.
 * Throws SC_EXISTS, SC_USAGE and SC_HOST_UNFIT.
 */
export async function makeNetwork(place: Workplace, spec: NetworkSpec, file?: string): Promise<NetworkState> {
  const { name } = spec;
  checkNetworkName(name);
  makeRoot(place.settings.root);
  const networks = networksOf(place);
  const words = `make network "${name}"`;
  return during('SC_SYSTEM_CALL', words, () =>
    networks.exclusively(() => {
      if (!networks.has(name)) return record(place, networks, spec, file);
      throw new ScError('SC_EXISTS', `${words}: there is one`, {
        hint: `choose another name, use the one that is there, or sc network remove ${name}`,
      });
    }),
  );
}

/** A step of a plan. Where another makes it in the same moment it is the other's. */
export async function makePlannedNetwork(
  place: Workplace,
  { name, network, file }: CreateNetworkStep,
  undo: UndoStack,
): Promise<void> {
  try {
    await makeNetwork(place, network, file);
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_EXISTS' && networksOf(place).has(name)) return;
    throw error;
  }
  undo.push(`network ${name}`, async () => {
    await removeUnused(place, name).catch((error) => {
      // Somebody else has come to need it.
      if (error instanceof ScError && ['SC_WRONG_STATE', 'SC_NOT_FOUND'].includes(error.code)) return;
      throw error;
    });
  });
}

/**
 * The network of a name; the default one is made where nobody has made it. For who has the networks to himself. Throws
 * SC_NOT_FOUND.
 */
export async function networkNamed(
  place: Workplace,
  networks: Networks,
  name: string,
): Promise<NetworkState> {
  const found = networks.find(name);
  if (found !== undefined) return found;
  if (name === DEFAULT_NETWORK) return record(place, networks, defaultNetwork);
  throw noSuchNetwork(networks, name);
}

/** What would be recorded. Changes nothing. */
export function plannedNetwork(networks: Networks, spec: NetworkSpec): NetworkState {
  const known = networks.list().networks;
  const bridge = freeBridgeName(known.map((network) => network.bridge));
  return newNetwork(spec, { taken: [...routedRanges(), ...rangesOf(known)], bridge });
}

async function record(
  place: Workplace,
  networks: Networks,
  spec: NetworkSpec,
  file?: string,
): Promise<NetworkState> {
  const made = { ...plannedNetwork(networks, spec), ...(file !== undefined && { file }) };
  networks.save(made);
  await place.store.tell({ type: 'networkCreated', network: made.name });
  return made;
}

function rangesOf(known: readonly NetworkState[]): TakenRange[] {
  return known.flatMap(({ name, subnets }) =>
    subnets.map(({ subnet }) => ({ subnet: subnetOf(subnet), holder: `network "${name}" (${subnet})` })),
  );
}
