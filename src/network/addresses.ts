import { createHash } from 'node:crypto';
import {
  contains,
  formatAddress,
  type IpAddress,
  parseAddress,
  parseSubnet,
  type Subnet,
  sizeOf,
} from '../linux/ip-address.ts';
import type { NetworkState } from '../schema/network-state.ts';

/** As many addresses of a range are ever tried: more than a bridge has ports. */
const MOST_TRIES = 4096n;

type NetworkSubnet = NetworkState['subnets'][number];

/**
 * The addresses of a range that a container may have, from the one that its ID leads to on: so that a container that is
 * made has seldom one that another had a moment ago, and whose neighbours still remember that one.
 */
export function* candidates(of: NetworkSubnet, id: string): Generator<string> {
  const range = subnetOf(of.ipRange ?? of.subnet);
  const count = sizeOf(range);
  const start = BigInt(`0x${id.slice(0, 12)}`) % count;
  for (let step = 0n; step < count && step < MOST_TRIES; step++) {
    const address = { family: range.family, value: range.value + ((start + step) % count) };
    if (obstacle(of, address) === undefined) yield formatAddress(address);
  }
}

/** Why no container of a range can have an address, in words that follow it; undefined where one can. */
export function obstacle({ subnet: text, gateway }: NetworkSubnet, address: IpAddress): string | undefined {
  const subnet = subnetOf(text);
  if (!contains(subnet, address)) return `is not in ${text}`;
  if (address.value === addressOf(gateway).value) return 'is that of the bridge';
  if (address.value === subnet.value) return `is that of ${text} itself`;
  const isLast = address.value === subnet.value + sizeOf(subnet) - 1n;
  return subnet.family === 4 && isLast ? `goes to all of ${text}` : undefined;
}

/** The first address of a range. */
export function firstAddress(subnet: Subnet): string {
  return formatAddress({ family: subnet.family, value: subnet.value + 1n });
}

/** A hardware address that is nobody's but the one that this text stands for (IEEE 802, locally administered). */
export function hardwareAddress(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex').slice(0, 10);
  return `02:${digits.match(/../g)?.join(':')}`;
}

/** Of a text that was looked at when it was recorded. */
export function addressOf(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`"${text}" is no address`);
  return address;
}

export function subnetOf(text: string): Subnet {
  const subnet = parseSubnet(text);
  if (subnet === undefined) throw new Error(`"${text}" is no range of addresses`);
  return subnet;
}
