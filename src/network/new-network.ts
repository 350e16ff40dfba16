import { randomBytes, randomUUID } from 'node:crypto';
import { ScError } from '../errors/error.ts';
import { contains, formatSubnet, type Subnet } from '../linux/ip-address.ts';
import type { NetworkSpec } from '../schema/network-spec.ts';
import type { NetworkState } from '../schema/network-state.ts';
import { addressOf, firstAddress, hardwareAddress, subnetOf } from './addresses.ts';
import { freeSubnet, freeUniqueLocal, refuseTaken, type TakenRange } from './pool.ts';

interface Surroundings {
  /** The ranges that this machine and other networks have. */
  taken: readonly TakenRange[];
  /** A name that no interface has. */
  bridge: string;
}

/** The network that is made when a container first asks for it. */
export const DEFAULT_NETWORK = 'bridge';

/** Whether containers of a network find each other by name: those of one that somebody has made, and given a name. */
export function hasNames(network: string): boolean {
  return network !== DEFAULT_NETWORK;
}

/** The address at which the names of a network are served: of its bridge, by IPv4 where it has that. */
export function nameServerOf({ subnets }: Pick<NetworkState, 'subnets'>): string | undefined {
  const gateways = subnets.map(({ gateway }) => gateway);
  return gateways.find((gateway) => !gateway.includes(':')) ?? gateways[0];
}

/** What it is where nobody has made it otherwise. */
export const defaultNetwork: NetworkSpec = {
  name: DEFAULT_NETWORK,
  subnets: [],
  ipv6: false,
  internal: false,
  mtu: 1500,
  labels: {},
};

/**
 * What is recorded of a new network, with the ranges that it is given where it asks for none. Throws SC_EXISTS, naming
 * who has it, for a range that is not free, and SC_HOST_UNFIT where none is.
 */
export function newNetwork(spec: NetworkSpec, { taken, bridge }: Surroundings): NetworkState {
  const { name, internal, mtu, labels } = spec;
  const asked = spec.subnets.map(subnetOf);
  for (const subnet of asked) refuseTaken(`make network "${name}"`, subnet, taken);
  return {
    version: 1,
    name,
    bridge,
    address: hardwareAddress(randomUUID()),
    subnets: [...asked, ...given(spec, asked, taken)].map((subnet) => withGateway(subnet, spec)),
    internal,
    mtu,
    labels,
    createdAt: new Date().toISOString(),
  };
}

/** Throws SC_USAGE for what no network can be called. */
export function checkNetworkName(text: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/.test(text) && text !== 'none' && text !== 'host') return;
  throw new ScError('SC_USAGE', `name a network ${JSON.stringify(text)}: it is no name`, {
    hint: 'two to 128 letters, digits, "_", "." and "-", a letter or digit first, and neither "none" nor "host"',
  });
}

function given({ ipv6 }: NetworkSpec, asked: readonly Subnet[], taken: readonly TakenRange[]): Subnet[] {
  const found = asked.length === 0 ? [freeSubnet(taken)] : [];
  const hasIpv6 = asked.some(({ family }) => family === 6);
  return ipv6 && !hasIpv6 ? [...found, freeUniqueLocal(taken, () => randomBytes(7))] : found;
}

function withGateway(subnet: Subnet, { gateway, ipRange }: NetworkSpec): NetworkState['subnets'][number] {
  const isOf = (text: string) => contains(subnet, addressOf(text.replace(/\/.*/, '')));
  return {
    subnet: formatSubnet(subnet),
    gateway: gateway !== undefined && isOf(gateway) ? gateway : firstAddress(subnet),
    ...(ipRange !== undefined && isOf(ipRange) && { ipRange: formatSubnet(subnetOf(ipRange)) }),
  };
}
