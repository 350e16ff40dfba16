import { ScError } from '../../errors/error.ts';
import { contains } from '../../linux/ip-address.ts';
import { addressOf, candidates, hardwareAddress, obstacle, subnetOf } from '../../network/addresses.ts';
import type { Networks } from '../../network/networks.ts';
import type { AttachmentSpec } from '../../schema/container-spec.ts';
import type { Endpoint } from '../../schema/container-state.ts';
import type { NetworkState } from '../../schema/network-state.ts';
import { shortId } from '../../state/id.ts';
import type { Store } from '../../state/store.ts';

type NetworkSubnet = NetworkState['subnets'][number];

/** Who wants a place in a network. */
interface Claimant {
  id: string;
  /** Which of its interfaces leads there, from 0. */
  index: number;
}

/**
 * Takes a place in a network for a container: the addresses that it asks for, or free ones. Throws SC_EXISTS where they
 * are taken, naming by whom, and SC_USAGE for what the network does not have; nothing is taken then.
 */
export function claimPlace(
  store: Pick<Store, 'has'>,
  networks: Networks,
  network: NetworkState,
  attachment: AttachmentSpec,
  claimant: Claimant,
): Endpoint {
  refuseForeign(network, attachment);
  const { name } = network;
  const { id } = claimant;
  const claims = networks.claims(name);
  const taken: string[] = [];
  const take = (address: string): boolean => {
    const isTaken = claims.take(address, id, (other) => store.has(other));
    if (isTaken) taken.push(address);
    return isTaken;
  };
  const takeWanted = (address: string): string => {
    if (take(address)) return address;
    throw addressTaken(name, address, claims.holder(address));
  };
  try {
    const addresses = network.subnets.map((subnet) => {
      const wanted = wantedOf(subnet, attachment);
      const address = wanted === undefined ? takeFree(subnet, id, take) : takeWanted(wanted);
      if (address === undefined) throw exhausted(name, subnet);
      return withPrefix(address, subnet);
    });
    if (attachment.mac !== undefined) takeWanted(attachment.mac);
    return endpointOf(network, attachment, claimant, addresses);
  } catch (error) {
    for (const address of taken) claims.free(address, id);
    throw error;
  }
}

/** Where a container would be attached, if nobody comes first. */
export function plannedPlace(
  network: NetworkState,
  attachment: AttachmentSpec,
  claimant: Claimant,
): Endpoint {
  refuseForeign(network, attachment);
  const addresses = network.subnets.map((subnet) => {
    const address = wantedOf(subnet, attachment) ?? takeFree(subnet, claimant.id, () => true);
    return withPrefix(address ?? '', subnet);
  });
  return endpointOf(network, attachment, claimant, addresses);
}

/** No effect on what another has. */
export function freePlaces(networks: Networks, id: string, endpoints: readonly Endpoint[]): void {
  for (const { network, address, addresses } of endpoints)
    for (const taken of [...addresses.map(bare), address]) networks.claims(network).free(taken, id);
}

/** Of each family the first network that leads out is the way of all that has no other. */
export function withWaysOut(endpoints: readonly Endpoint[], networks: readonly NetworkState[]): Endpoint[] {
  const said = new Set<boolean>();
  return endpoints.map((endpoint) => {
    const network = networks.find(({ name }) => name === endpoint.network);
    const leading = network === undefined || network.internal ? [] : network.subnets;
    const gateways = leading.map(({ gateway }) => gateway).filter((gateway) => !said.has(isIpv6(gateway)));
    for (const gateway of gateways) said.add(isIpv6(gateway));
    return { ...endpoint, gateways };
  });
}

function endpointOf(
  { name, mtu }: NetworkState,
  { mac, aliases }: AttachmentSpec,
  { id, index }: Claimant,
  addresses: string[],
): Endpoint {
  return {
    network: name,
    interface: `eth${index}`,
    port: `scv${id.slice(0, 11)}${index.toString(36)}`,
    // Whoever comes after another at an address has the hardware address too that neighbours remember: arp(7).
    address: mac ?? hardwareAddress(`${name}/${addresses[0] ?? id}`),
    addresses,
    gateways: [],
    aliases,
    mtu,
  };
}

function takeFree(subnet: NetworkSubnet, id: string, take: (address: string) => boolean): string | undefined {
  for (const address of candidates(subnet, id)) if (take(address)) return address;
  return undefined;
}

function wantedOf({ subnet }: NetworkSubnet, { addresses }: AttachmentSpec): string | undefined {
  return addresses.find((address) => contains(subnetOf(subnet), addressOf(address)));
}

function refuseForeign({ name, subnets }: NetworkState, attachment: AttachmentSpec): void {
  const ranges = subnets.map(({ subnet }) => subnet).join(' and ');
  for (const text of attachment.addresses) {
    const of = subnets.find((subnet) => wantedOf(subnet, attachment) === text);
    const why = of === undefined ? `is not in ${ranges}` : obstacle(of, addressOf(text));
    if (why === undefined) continue;
    throw new ScError('SC_USAGE', `attach to network "${name}": ${text} ${why}`, {
      hint: `choose another of ${ranges}, or none, and get a free one`,
    });
  }
}

function exhausted(name: string, { subnet, ipRange }: NetworkSubnet): ScError {
  return new ScError(
    'SC_EXISTS',
    `attach to network "${name}": all addresses of ${ipRange ?? subnet} are taken`,
    {
      hint: 'delete containers that nobody needs (sc ps --all): each has its address until it is deleted',
    },
  );
}

function addressTaken(name: string, address: string, holder: string | undefined): ScError {
  const who = holder === undefined ? 'another container' : `container ${shortId(holder)}`;
  return new ScError('SC_EXISTS', `attach to network "${name}": ${who} has ${address}`, {
    hint: `sc network inspect ${name} shows who has which; who asks for none gets a free one`,
  });
}

/** Without the length of its prefix. */
export function bare(address: string): string {
  return address.replace(/\/.*/, '');
}

function withPrefix(address: string, { subnet }: NetworkSubnet): string {
  return `${address}/${subnetOf(subnet).prefix}`;
}

function isIpv6(address: string): boolean {
  return address.includes(':');
}
