import type { NetworkInterface, Remark } from '../backend/backend.ts';
import { parseAddress } from '../linux/ip-address.ts';
import { bridgeUp, freeBridgeName, isNameTaken, settingsForNetwork } from '../network/bridge.ts';
import { tableOf } from '../network/firewall.ts';
import type { Networks } from '../network/networks.ts';
import { defaultNetwork } from '../network/new-network.ts';
import { areThere } from '../network/rules.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Endpoint } from '../schema/container-state.ts';
import type { NetworkSpec } from '../schema/network-spec.ts';
import type { NetworkState } from '../schema/network-state.ts';
import { makeRoot } from '../state/root.ts';
import { claimPlace, freePlaces, plannedPlace, withWaysOut } from './network/claim.ts';
import { networksOf, noSuchNetwork } from './network/found.ts';
import { networkNamed, plannedNetwork } from './network/make.ts';
import { takeDown } from './network/remove-unused.ts';
import type { Workplace } from './workplace.ts';

type Attached = Pick<ContainerSpec, 'id' | 'network'>;

/**
 * Runs `create`, which makes the record of a container, with the places in networks that are the container's from then
 * on. Until the record is there nobody else gives an address, since one that no container has is as good as free.
 */
export async function withEndpoints<Result>(
  place: Workplace,
  { id, network }: Attached,
  create: (endpoints: Endpoint[]) => Promise<Result>,
): Promise<Result> {
  makeRoot(place.settings.root);
  const networks = networksOf(place);
  return networks.exclusively(async () => {
    const endpoints: Endpoint[] = [];
    try {
      const found: NetworkState[] = [];
      for (const [index, attachment] of (network.networks ?? []).entries()) {
        const state = await networkNamed(place, networks, attachment.name);
        endpoints.push(claimPlace(place.store, networks, state, attachment, { id, index }));
        found.push(state);
      }
      return await create(withWaysOut(endpoints, found));
    } catch (error) {
      freePlaces(networks, id, endpoints);
      throw error;
    }
  });
}

/**
 * Where a container would be attached, if nobody comes first. Changes nothing. `planned` are networks that would be made
 * before.
 */
export function plannedEndpoints(
  place: Workplace,
  { id, network }: Attached,
  planned: readonly NetworkSpec[],
): NetworkInterface[] {
  const networks = networksOf(place);
  const states = (network.networks ?? []).map(({ name }) => {
    const spec = [...planned, defaultNetwork].find((one) => one.name === name);
    const state = networks.find(name) ?? (spec && plannedNetwork(networks, spec));
    if (state === undefined) throw noSuchNetwork(networks, name);
    return state;
  });
  const endpoints = (network.networks ?? []).flatMap((attachment, index) => {
    const state = states[index];
    return state === undefined ? [] : [plannedPlace(state, attachment, { id, index })];
  });
  return withWaysOut(endpoints, states).map((endpoint) => ({ ...endpoint, bridge: 0 }));
}

/** What the networks of a container mean for the machine. */
export function remarksOnNetworks(place: Workplace, { network }: Pick<ContainerSpec, 'network'>): Remark[] {
  if (network.mode !== 'network') return [];
  const networks = networksOf(place);
  // Of one that is not there yet nothing is known but that it may have any range.
  const states = (network.networks ?? []).map(({ name }) => networks.find(name));
  const leading = states.filter((state) => state?.internal !== true);
  if (leading.length === 0) return [];
  const subnets = leading.flatMap((state) => state?.subnets ?? [{ subnet: '0.0.0.0/0', gateway: '' }]);
  return settingsForNetwork(subnets).map((setting) => ({
    path: 'network',
    message: `${setting} is switched on as long as a container is attached`,
  }));
}

/** Sees to it that the bridges are there to which a container is attached. */
export async function bridgesUp(
  place: Workplace,
  endpoints: readonly Endpoint[],
): Promise<NetworkInterface[]> {
  const networks = networksOf(place);
  return networks.exclusively(async () => {
    const attached = endpoints.map((endpoint) => {
      const network = networks.find(endpoint.network);
      if (network === undefined) throw noSuchNetwork(networks, endpoint.network);
      return { ...endpoint, bridge: bridgeOf(networks, network) };
    });
    for (const { network } of endpoints) await rulesUp(place, networks, network);
    return attached;
  });
}

/** Where somebody has flushed the rules of the machine nobody would be kept apart from anybody. */
async function rulesUp(place: Workplace, networks: Networks, name: string): Promise<void> {
  const state = networks.find(name);
  const words = `look for the rules of network "${name}"`;
  if (state === undefined || areThere(words, networks.chains, tableOf(state))) return;
  await (await import('./publish.ts')).restoreRules(place, networks, state);
}

/** Index of the bridge of a network, which is there then. */
export function bridgeOf(networks: Networks, network: NetworkState): number {
  const state = renamed(networks, network);
  networks.noteUp(state);
  return bridgeUp(state, networks);
}

/** Gives up the places of a container, and takes down what nobody is attached to any more. */
export async function releaseEndpoints(
  place: Workplace,
  { id, network }: Attached,
  endpoints: readonly Endpoint[],
): Promise<void> {
  const networks = networksOf(place);
  if (network.egress !== undefined) (await import('../network/egress.ts')).unfence(networks.chains, id);
  await networks.exclusively(() => {
    freePlaces(networks, id, endpoints);
    for (const { network } of endpoints) takeDownUnused(place, networks, network);
  });
}

/**
 * The same of a container whose record cannot be read, and does not say where it was attached, what it published and
 * what it could reach: by who has which address, and by its ID. Before the record goes, since nobody asks afterwards.
 */
export async function releaseUnread(place: Workplace, id: string): Promise<void> {
  const networks = networksOf(place);
  if (!networks.haveBegun()) return;
  (await import('../network/egress.ts')).unfence(networks.chains, id);
  const { withdrawPorts } = await import('../network/published.ts');
  await networks.exclusively(() => {
    for (const name of networks.names()) {
      const claims = networks.claims(name);
      const own = claims.all().filter((address) => claims.holder(address) === id);
      const network = own.length > 0 ? networks.made(name) : undefined;
      // Hardware addresses are claimed too.
      const targets = own.map(parseAddress).filter((address) => address !== undefined);
      if (network !== undefined) withdrawPorts(networks.chains, tableOf(network), targets);
      for (const address of own) claims.free(address, id);
    }
  });
}

/**
 * Takes away what killed ones have left: networks that are up and that no container is attached to, and addresses of
 * containers that never came to be.
 */
export async function tidyNetworks(place: Workplace): Promise<void> {
  const networks = networksOf(place);
  const isLeft = (name: string) =>
    !isUsed(place, networks, name) &&
    (networks.up().includes(name) || networks.claims(name).all().length > 0);
  if (!networks.names().some(isLeft)) return;
  await networks.exclusively(() => {
    for (const name of networks.names().filter(isLeft)) takeDown(networks, name);
  });
}

/** Somebody has given its name to an interface of his while no container was attached: then it gets another. */
function renamed(networks: Networks, network: NetworkState): NetworkState {
  if (!isNameTaken(network)) return network;
  const others = networks.list().networks.map(({ bridge }) => bridge);
  const state = { ...network, bridge: freeBridgeName(others) };
  networks.save(state);
  return state;
}

/** For who has the networks to himself. */
export function takeDownUnused(place: Workplace, networks: Networks, name: string): void {
  if (!networks.up().includes(name) || isUsed(place, networks, name)) return;
  takeDown(networks, name);
}

function isUsed({ store }: Workplace, networks: Networks, name: string): boolean {
  const claims = networks.claims(name);
  return claims.some((address) => {
    const holder = claims.holder(address);
    return holder !== undefined && store.has(holder);
  });
}
