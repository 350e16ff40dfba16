import {
  contains,
  formatAddress,
  formatSubnet,
  type IpAddress,
  parseAddress,
  parseSubnet,
  type Subnet,
  sizeOf,
} from '../../linux/ip-address.ts';
import type { Finding } from '../finding.ts';
import { hasNames, networksOf, sharing } from './attachment.ts';
import { type Check, containersOf, joined, select, textCheck, valueAt } from './check.ts';

/** The smallest packets that IPv6 is carried in (RFC 8200, section 5). */
const SMALLEST_OF_IPV6 = 1280;

/** Ranges of special meaning, and why no network of containers has a part of one. */
const special: readonly (readonly [range: string, use: string])[] = [
  ['0.0.0.0/8', 'this machine'],
  ['127.0.0.0/8', 'the loopback interface'],
  ['169.254.0.0/16', 'the own link'],
  ['224.0.0.0/3', 'groups'],
  ['::/8', 'the loopback interface and others'],
  ['fe80::/10', 'the own link'],
  ['ff00::/8', 'groups'],
];

export const networkChecks: readonly Check[] = [
  textCheck('ranges can be those of a network', ['subnets.*'], (text) => {
    const subnet = parseSubnet(text);
    if (subnet === undefined) return undefined;
    const base = formatSubnet(subnet);
    if (formatAddress(subnet) !== formatAddress(parseAddress(text.replace(/\/.*/, '')) ?? subnet))
      return {
        message: `"${text}" is an address within ${base}`,
        expected: 'the range itself',
        suggestion: base,
      };
    // Only now: the first address of IPv6 takes longer to be read than a whole file.
    const found = special.find(([range]) => overlap(parseSubnet(range), subnet));
    if (found !== undefined) return { message: `"${text}" is for ${found[1]} (${found[0]})` };
    const most = subnet.family === 4 ? 30 : 126;
    if (subnet.prefix <= most) return undefined;
    return { message: `"${text}" has no address for a container`, expected: `a prefix of at most ${most}` };
  }),
  ofNetwork('a network has one range of each family', (network) => {
    const families = subnetsOf(network).map(({ subnet }) => subnet.family);
    return subnetsOf(network).flatMap(({ path, subnet }, index) =>
      families.indexOf(subnet.family) === index
        ? []
        : [{ path, message: `it is a second range of IPv${subnet.family}`, expected: 'at most one of each' }],
    );
  }),
  ofNetwork('a gateway is an address of the network', (network) => {
    const text = valueAt(network, 'gateway');
    const address = typeof text === 'string' ? parseAddress(text) : undefined;
    if (address === undefined) return [];
    const found = subnetsOf(network).find(({ subnet }) => contains(subnet, address));
    if (found !== undefined && !isOfAll(found.subnet, address)) return [];
    return [
      { path: 'gateway', message: `"${text}" is no address of subnets`, expected: 'one of their addresses' },
    ];
  }),
  ofNetwork('the range for containers is a part of the network', (network) => {
    const text = valueAt(network, 'ipRange');
    const range = typeof text === 'string' ? parseSubnet(text) : undefined;
    if (range === undefined) return [];
    const isPart = ({ subnet }: { subnet: Subnet }) =>
      contains(subnet, range) && range.prefix >= subnet.prefix;
    if (subnetsOf(network).some(isPart)) return [];
    return [
      { path: 'ipRange', message: `"${text}" is no part of subnets`, expected: 'a part of one of them' },
    ];
  }),
  ofNetwork('packets of IPv6 have their size', (network) => {
    const mtu = valueAt(network, 'mtu');
    const hasIpv6 =
      valueAt(network, 'ipv6') === true || subnetsOf(network).some(({ subnet }) => subnet.family === 6);
    if (!hasIpv6 || typeof mtu !== 'number' || mtu >= SMALLEST_OF_IPV6) return [];
    return [{ path: 'mtu', message: `found ${mtu}`, expected: `at least ${SMALLEST_OF_IPV6} with IPv6` }];
  }),
  ofNetwork('a network has a name that is no mode', (network) => {
    const name = valueAt(network, 'metadata.name');
    if (name !== 'none' && name !== 'host') return [];
    return [{ path: 'metadata.name', message: `"${name}" is a mode`, expected: 'another name' }];
  }),
  {
    name: 'a container is attached to each network once, and to no mode',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }) => {
        const names = select(value, 'network.networks.*.name');
        return names.flatMap((field, index): Finding[] => {
          const place = joined(path, field.path);
          if (field.value === 'none' || field.value === 'host')
            return [{ path: place, message: `"${field.value}" is a mode`, expected: `mode: ${field.value}` }];
          const first = names.findIndex((other) => other.value === field.value);
          return first === index
            ? []
            : [{ path: place, message: `networks[${first}] is "${field.value}" too` }];
        });
      }),
  },
  {
    name: 'networks are said in one place',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }): Finding[] => {
        if (valueAt(value, 'network.networks') === undefined) return [];
        const mode = valueAt(value, 'network.mode') ?? sharing(valueAt(value, 'namespaces.network'));
        if (mode === undefined) return [];
        const message = `it does not go together with the mode "${mode}"`;
        return [{ path: joined(path, 'network.networks'), message, expected: 'one of them' }];
      }),
  },
  {
    name: 'aliases are names in a network that has names',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }): Finding[] => {
        const places = select(value, 'network.networks.*');
        const nameless = places.filter((place) => !hasNames(valueAt(place.value, 'name')));
        const first = (from: unknown, list: string) => select(from, list).slice(0, 1);
        const everywhere = networksOf(value).some(hasNames) ? [] : first(value, 'network.aliases.*');
        const there = nameless.flatMap((place) =>
          first(place.value, 'aliases.*').map((alias) => ({ path: joined(place.path, alias.path) })),
        );
        return [...everywhere, ...there].map((alias) => ({
          path: joined(path, alias.path),
          message: 'nobody finds a container by name there',
          expected: 'the name of a Network',
        }));
      }),
  },
  {
    name: 'a place in a network has one address of each family',
    run: (document) =>
      containersOf(document).flatMap(({ path, value }) =>
        select(value, 'network.networks.*').flatMap((place) => {
          const addresses = select(place.value, 'addresses.*').map((field) => ({
            ...field,
            family: typeof field.value === 'string' ? parseAddress(field.value)?.family : undefined,
          }));
          return addresses.flatMap((field, index): Finding[] => {
            const at = joined(path, joined(place.path, field.path));
            if (field.family === undefined) return [];
            const first = addresses.findIndex(({ family }) => family === field.family);
            return first === index
              ? []
              : [{ path: at, message: `it is a second address of IPv${field.family}` }];
          });
        }),
      ),
  },
  textCheck('a hardware address is that of one interface', ['container.network.networks.*.mac'], (text) => {
    // The lowest bit of the first byte makes it the address of a group (IEEE 802).
    const isGroup = (Number.parseInt(text.slice(0, 2), 16) & 1) === 1;
    if (!isGroup && !/^(00:){5}00$/.test(text)) return undefined;
    return { message: `"${text}" is no address of one interface`, expected: 'such as 02:53:43:00:00:07' };
  }),
];

/** The first is that of the range itself, and by the last of IPv4 all of it is meant (RFC 919, 7). */
function isOfAll(subnet: Subnet, { value }: IpAddress): boolean {
  const isLast = value === subnet.value + sizeOf(subnet) - 1n;
  return value === subnet.value || (subnet.family === 4 && isLast);
}

function overlap(one: Subnet | undefined, other: Subnet): boolean {
  return one !== undefined && (contains(one, other) || contains(other, one));
}

/** A check of a network as a whole. */
function ofNetwork(name: string, find: (network: unknown) => Finding[]): Check {
  return { name, run: (document) => (valueAt(document, 'kind') === 'Network' ? find(document) : []) };
}

function subnetsOf(network: unknown) {
  return select(network, 'subnets.*').flatMap(({ path, value }) => {
    const subnet = typeof value === 'string' ? parseSubnet(value) : undefined;
    return subnet === undefined ? [] : [{ path, subnet }];
  });
}
