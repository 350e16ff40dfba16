import { randomUUID } from 'node:crypto';
import type { NetworkInterface, Remark } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { formatSubnet } from '../linux/ip-address.ts';
import { candidates, firstAddress, hardwareAddress, subnetOf } from '../network/addresses.ts';
import { bridgeDown, bridgeUp, freeBridgeName, routedRanges, uplinksToOpen } from '../network/bridge.ts';
import type { Claims } from '../network/claims.ts';
import { stopForwarding } from '../network/forwarding.ts';
import { Networks } from '../network/networks.ts';
import { freeSubnet, type TakenRange } from '../network/pool.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Endpoint } from '../schema/container-state.ts';
import type { NetworkState } from '../schema/network-state.ts';
import { makeRoot } from '../state/root.ts';
import type { Workplace } from './workplace.ts';

/** The network that is made when a container first asks for it. */
const DEFAULT = 'bridge';

type Attached = Pick<ContainerSpec, 'id' | 'network'>;

/**
 * Runs `create`, which makes the record of a container, with the places in networks that are the container's from then
 * on. Until the record is there nobody else gives an address, since one that no container has is as good as free.
 */
export async function withEndpoints<Result>(
  place: Workplace,
  container: Attached,
  create: (endpoints: Endpoint[]) => Promise<Result>,
): Promise<Result> {
  makeRoot(place.settings.root);
  const networks = networksOf(place);
  return networks.exclusively(async () => {
    const endpoint = claim(place, networks, theNetwork(networks, container), container.id);
    try {
      return await create([endpoint]);
    } catch (error) {
      freeClaims(networks, container.id, [endpoint]);
      throw error;
    }
  });
}

/** Where a container would be attached, if nobody comes first. Changes nothing. */
export function plannedEndpoints(place: Workplace, { id, network }: Attached): NetworkInterface[] {
  const networks = networksOf(place);
  const found = networks.find(network.name ?? DEFAULT) ?? defaultNetwork(networks);
  const addresses = found.subnets.map((subnet) => {
    const [address] = candidates(subnet, id);
    return `${address}/${subnetOf(subnet.subnet).prefix}`;
  });
  return [{ ...endpointOf(found, id, addresses), bridge: 0 }];
}

/** What a network of the machine means for the machine, of a container that is to be attached to one. */
export function remarksOnNetworks({ network }: Pick<ContainerSpec, 'network'>): Remark[] {
  if (network.mode !== 'network') return [];
  return uplinksToOpen().map((name) => ({
    path: 'network.mode',
    message: `net.ipv4.conf.${name}.forwarding is switched on as long as a container is attached`,
  }));
}

/** Sees to it that the bridges are there to which a container is attached. */
export async function bridgesUp(
  place: Workplace,
  endpoints: readonly Endpoint[],
): Promise<NetworkInterface[]> {
  const networks = networksOf(place);
  return networks.exclusively(() =>
    endpoints.map((endpoint) => {
      const network = networks.find(endpoint.network);
      if (network === undefined) throw unknown(endpoint.network);
      networks.noteUp(network.name);
      return { ...endpoint, bridge: bridgeUp(network, networks.forwarding) };
    }),
  );
}

/** Gives up the places of a container, and takes down what nobody is attached to any more. */
export async function releaseEndpoints(
  place: Workplace,
  id: string,
  endpoints: readonly Endpoint[],
): Promise<void> {
  const networks = networksOf(place);
  await networks.exclusively(() => {
    freeClaims(networks, id, endpoints);
    for (const { network } of endpoints) takeDownUnused(place, networks, network);
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
    for (const name of networks.names().filter(isLeft)) {
      takeDownUnused(place, networks, name);
      networks.claims(name).clear();
    }
  });
}

function takeDownUnused(place: Workplace, networks: Networks, name: string): void {
  if (!networks.up().includes(name) || isUsed(place, networks, name)) return;
  const network = networks.find(name);
  if (network) bridgeDown(network);
  networks.claims(name).clear();
  networks.noteDown(name);
  if (networks.up().length === 0) stopForwarding(networks.forwarding);
}

function isUsed({ store }: Workplace, networks: Networks, name: string): boolean {
  const claims = networks.claims(name);
  return claims.all().some((address) => {
    const holder = claims.holder(address);
    return holder !== undefined && store.has(holder);
  });
}

function freeClaims(networks: Networks, id: string, endpoints: readonly Endpoint[]): void {
  for (const { network, addresses } of endpoints)
    for (const address of addresses) networks.claims(network).free(bare(address), id);
}

function theNetwork(networks: Networks, { network }: Attached): NetworkState {
  const name = network.name ?? DEFAULT;
  const found = networks.find(name);
  if (found) return found;
  if (name !== DEFAULT) throw unknown(name);
  const made = defaultNetwork(networks);
  networks.save(made);
  return made;
}

function claim({ store }: Workplace, networks: Networks, network: NetworkState, id: string): Endpoint {
  const claims = networks.claims(network.name);
  const addresses: string[] = [];
  for (const subnet of network.subnets) {
    const address = takeFirst(claims, candidates(subnet, id), id, (other) => store.has(other));
    if (address === undefined) {
      for (const taken of addresses) claims.free(bare(taken), id);
      throw new ScError(
        'SC_EXISTS',
        `attach to network "${network.name}": all addresses of ${subnet.subnet} are taken`,
        {
          hint: 'delete containers that nobody needs (sc ps --all): each has its address until it is deleted',
        },
      );
    }
    addresses.push(`${address}/${subnetOf(subnet.subnet).prefix}`);
  }
  return endpointOf(network, id, addresses);
}

function takeFirst(
  claims: Claims,
  addresses: Iterable<string>,
  id: string,
  has: (id: string) => boolean,
): string | undefined {
  for (const address of addresses) if (claims.take(address, id, has)) return address;
  return undefined;
}

function endpointOf(
  { name, subnets, internal, mtu }: NetworkState,
  id: string,
  addresses: string[],
): Endpoint {
  return {
    network: name,
    interface: 'eth0',
    port: `scv${id.slice(0, 12)}`,
    address: hardwareAddress(`${name}/${id}`),
    addresses,
    gateways: internal ? [] : subnets.map(({ gateway }) => gateway),
    mtu,
  };
}

function defaultNetwork(networks: Networks): NetworkState {
  const subnet = freeSubnet([...routedRanges(), ...rangesOf(networks)]);
  const bridge = freeBridgeName();
  return {
    version: 1,
    name: DEFAULT,
    bridge,
    address: hardwareAddress(randomUUID()),
    subnets: [{ subnet: formatSubnet(subnet), gateway: firstAddress(subnet) }],
    internal: false,
    mtu: 1500,
    labels: {},
    createdAt: new Date().toISOString(),
  };
}

function rangesOf(networks: Networks): TakenRange[] {
  return networks
    .names()
    .flatMap((name) => networks.find(name) ?? [])
    .flatMap(({ name, subnets }) =>
      subnets.map(({ subnet }) => ({ subnet: subnetOf(subnet), holder: `network "${name}" (${subnet})` })),
    );
}

function unknown(name: string): ScError {
  return new ScError('SC_NOT_FOUND', `attach to network "${name}": there is no such network`);
}

/** Without the length of its prefix. */
export function bare(address: string): string {
  return address.replace(/\/.*/, '');
}

function networksOf({ settings }: Workplace): Networks {
  return new Networks(settings.root);
}
