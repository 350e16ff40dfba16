import { isIPv4, isIPv6 } from 'node:net';

/** Addresses as numbers, so that ranges of them are ranges of numbers. */
export interface IpAddress {
  family: 4 | 6;
  value: bigint;
}

/** A range of addresses that begins at a multiple of its size. */
export interface Subnet extends IpAddress {
  /** How many bits from the highest on all of its addresses have in common. */
  prefix: number;
}

/** Undefined for a text that is no address, and for one with a zone. */
export function parseAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 4, value: fromGroups(text.split('.').map(Number), 8n) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // The last 32 bits may be written as IPv4.
  const [, head = '', tail] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? [];
  const last = tail === undefined ? undefined : parseAddress(tail)?.value;
  const hex =
    last === undefined ? text : `${head}${(last >> 16n).toString(16)}:${(last & 0xffffn).toString(16)}`;
  const [before = '', after] = hex.split('::');
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [front, back] = [groups(before), groups(after ?? '')];
  const zeros = Array.from({ length: after === undefined ? 0 : 8 - front.length - back.length }, () => 0);
  return { family: 6, value: fromGroups([...front, ...zeros, ...back], 16n) };
}

/** As people write them, IPv6 in the form of RFC 5952. */
export function formatAddress({ family, value }: IpAddress): string {
  if (family === 4) return [...addressBytes({ family, value })].join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(16 * (7 - index))) & 0xffffn),
  );
  const { at, length } = longestZeros(groups);
  const words = groups.map((group) => group.toString(16));
  if (length < 2) return words.join(':');
  return `${words.slice(0, at).join(':')}::${words.slice(at + length).join(':')}`;
}

/** `10.89.0.0/24`; undefined where it is none. Bits behind the prefix are taken for zeros. */
export function parseSubnet(text: string): Subnet | undefined {
  const [, base = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(base);
  const prefix = Number(length);
  if (address === undefined || prefix > bitsOf(address.family)) return undefined;
  return subnetOf(address, prefix);
}

/** The range that an address is in. */
export function subnetOf({ family, value }: IpAddress, prefix: number): Subnet {
  const rest = BigInt(bitsOf(family) - prefix);
  return { family, value: (value >> rest) << rest, prefix };
}

export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress(subnet)}/${subnet.prefix}`;
}

/** How many addresses it has. */
export function sizeOf({ family, prefix }: Subnet): bigint {
  return 1n << BigInt(bitsOf(family) - prefix);
}

export function contains(subnet: Subnet, { family, value }: IpAddress): boolean {
  return family === subnet.family && value >= subnet.value && value < subnet.value + sizeOf(subnet);
}

export function overlap(one: Subnet, other: Subnet): boolean {
  return contains(one, other) || contains(other, one);
}

/** In the order of the network. */
export function addressBytes({ family, value }: IpAddress): Buffer {
  const bytes = Buffer.alloc(bitsOf(family) / 8);
  let rest = value;
  for (let at = bytes.length - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Of 4 or 16 bytes. */
export function addressOfBytes(bytes: Uint8Array): IpAddress {
  return { family: bytes.length === 4 ? 4 : 6, value: fromGroups([...bytes], 8n) };
}

function bitsOf(family: IpAddress['family']): number {
  return family === 4 ? 32 : 128;
}

function fromGroups(groups: readonly number[], width: bigint): bigint {
  return groups.reduce((value, group) => (value << width) | BigInt(group), 0n);
}

/** The first of the longest runs of zeros. */
function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { at: index - length + 1, length };
  });
  return best;
}
