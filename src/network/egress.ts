import { ScError } from '../errors/error.ts';
import { addressBytes, type IpAddress } from '../linux/ip-address.ts';
import { MapElements } from '../linux/netlink/map-elements.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Endpoint } from '../schema/container-state.ts';
import { addSource, chainsOf, removeSource } from './egress-chains.ts';
import { BRIDGES } from './firewall.ts';
import { areChains, hasNft, makeRules, removeRules } from './rules.ts';

type Egress = NonNullable<ContainerSpec['network']['egress']>;

/** Where a container is in networks. */
export interface Fenced {
  id: string;
  egress: Egress;
  endpoints: readonly Pick<Endpoint, 'address' | 'addresses'>[];
  /** Addresses at which the names of its networks are served. */
  servers: readonly string[];
}

/** An address that a name leads to, and for how many seconds. */
export interface NamedAddress {
  address: IpAddress;
  ttl: number;
}

/** Addresses of names that are kept for one container, of each family. */
const MOST_NAMED = 4096;

/** Seconds for which an address is let through: as long as its name leads there, and a while to use what was just told. */
const GRACE = 60;
const LONGEST = 24 * 60 * 60;

const ADDRESSES = [
  { family: 4, ip: 'ip', type: 'ipv4_addr' },
  { family: 6, ip: 'ip6', type: 'ipv6_addr' },
] as const;

/**
 * Sees to it that a container reaches no more than it may, whatever it says its address is: before it has an interface.
 * All of it is a table of the container's own. What it was told of names until now is forgotten.
 */
export function fence(words: string, notes: string, container: Fenced): void {
  const { id, egress } = container;
  if (egress.names.length > 0 && !hasNft())
    throw new ScError(
      'SC_HOST_UNFIT',
      `${words}: what "${egress.names[0]}" leads to is let through by nft alone, and this machine has none`,
      { hint: 'install nftables (apt-get install nftables), or have addresses in network.egress' },
    );
  const name = tableOf(id);
  makeRules(words, notes, [{ name, table: egressTable(container), chains: chainsOf(name, container) }]);
}

/** Takes the rules away; no effect where there are none. */
export function unfence(notes: string, id: string): void {
  removeRules(`let out "${id}"`, notes, tableOf(id));
}

/** The same for another of its interfaces, by its hardware address. Throws ENOENT where the rules are gone. */
export function fenceInterface(notes: string, id: string, address: string): void {
  const words = `fence ${address}`;
  if (areChains(notes, tableOf(id))) addSource(words, tableOf(id), address);
  else withSets(id, (sets) => sets.add(words, 'sources', [{ key: hardwareBytes(address) }]));
}

/** Throws ENOENT where it is not fenced. */
export function unfenceInterface(notes: string, id: string, address: string): void {
  const words = `fence ${address} no more`;
  if (areChains(notes, tableOf(id))) removeSource(words, tableOf(id), address);
  else withSets(id, (sets) => sets.remove(words, 'sources', [hardwareBytes(address)]));
}

/** Lets a container reach what a name leads to. Throws ENOENT where the rules are gone, ENFILE where it has too many. */
export function letThrough(id: string, named: readonly NamedAddress[]): void {
  withSets(id, (sets) => {
    for (const { family } of ADDRESSES) {
      const elements = named
        .filter(({ address }) => address.family === family)
        .map(({ address, ttl }) => ({
          key: addressBytes(address),
          timeout: (Math.min(ttl, LONGEST) + GRACE) * 1000,
        }));
      if (elements.length > 0) sets.renew('let through what a name leads to', `names${family}`, elements);
    }
  });
}

/**
 * The rules as nft(8) reads them. They come before all others of this machine's, and only take away: what they let
 * through, others may still drop. A name server elsewhere is nobody's to ask, since its answers would not be looked at,
 * and questions are a way out.
 */
function egressTable({ egress, endpoints, servers }: Fenced): string {
  const from = `iifgroup ${BRIDGES} ether saddr @sources`;
  const own = endpoints.flatMap(({ addresses }) => addresses);
  const of = (family: 4 | 6, texts: readonly string[]) =>
    texts.filter((text) => text.includes(':') === (family === 6));
  const elements = (texts: readonly string[]) =>
    texts.length === 0 ? '' : ` elements = { ${[...new Set(texts)].join(', ')} }`;
  const sets = ADDRESSES.map(
    ({ family, type }) =>
      `  set ranges${family} { type ${type}; flags interval; auto-merge;${elements(of(family, egress.addresses))} }
  set own${family} { type ${type}; flags interval; auto-merge;${elements(of(family, own))} }
  set names${family} { type ${type}; size ${MOST_NAMED}; flags timeout; }
`,
  ).join('');
  const accept = (set: string) =>
    ADDRESSES.map(({ family, ip }) => `    ${ip} daddr @${set}${family} accept\n`).join('');
  const asking = servers.map(
    (server) =>
      `    ${server.includes(':') ? 'ip6' : 'ip'} daddr ${server} meta l4proto { tcp, udp } th dport 53 accept\n`,
  );
  const refuse = '    reject with icmpx admin-prohibited\n';
  const elsewhere = '    meta l4proto { tcp, udp } th dport 53 reject with icmpx admin-prohibited\n';
  const known = '    ct state established,related accept\n';
  return `  set sources { type ether_addr;${elements(endpoints.map(({ address }) => address))} }
${sets}  chain beyond {
${known}${accept('own')}${elsewhere}${accept('ranges')}${accept('names')}${refuse}  }
  chain machine {
${known}    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
${asking.join('')}${elsewhere}${accept('ranges')}${refuse}  }
  chain forward {
    type filter hook forward priority filter - 5; policy accept;
    ${from} goto beyond
  }
  chain input {
    type filter hook input priority filter - 5; policy accept;
    ${from} goto machine
  }
`;
}

/** An ID is nobody else's, and so is this name. */
function tableOf(id: string): string {
  return `sc-egress-${id.slice(0, 32)}`;
}

function hardwareBytes(address: string): Buffer {
  return Buffer.from(address.replaceAll(':', ''), 'hex');
}

function withSets(id: string, use: (sets: MapElements) => void): void {
  const sets = new MapElements(tableOf(id));
  try {
    use(sets);
  } finally {
    sets.close();
  }
}
