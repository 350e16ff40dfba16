import { ScError } from '../errors/error.ts';
import { formatSubnet, overlap, parseSubnet, type Subnet, sizeOf } from '../linux/ip-address.ts';

/** A range that somebody has already, in words: `route to 10.0.0.0/8 over eth0`. */
export interface TakenRange {
  subnet: Subnet;
  holder: string;
}

/**
 * What networks without a range of their own get theirs from: 512 ranges of as many addresses as a bridge can have
 * ports, in a part of 10.0.0.0/8 that is seldom used.
 */
const POOL = '10.200.0.0/13';
const PREFIX = 22;

/** Of all addresses that are meant for one site alone, those that nobody has agreed upon with anybody (RFC 4193). */
const UNIQUE_LOCAL = 'fd00::/8';
const PREFIX_OF_IPV6 = 64;

/** The first range of the pool that nobody has. Throws SC_HOST_UNFIT where there is none. */
export function freeSubnet(taken: readonly TakenRange[], pool = POOL, prefix = PREFIX): Subnet {
  const whole = parseSubnet(pool);
  if (whole === undefined) throw new Error(`pool "${pool}" is no range`);
  const end = whole.value + sizeOf(whole);
  for (let subnet = { ...whole, prefix }; subnet.value < end; ) {
    if (!taken.some((other) => overlap(other.subnet, subnet))) return subnet;
    subnet = { ...subnet, value: subnet.value + sizeOf(subnet) };
  }
  throw new ScError('SC_HOST_UNFIT', `choose addresses for a network: all of ${pool} is taken`, {
    hint: 'remove networks that nobody uses (sc network list), or routes of this machine to that range (ip route)',
  });
}

/**
 * A range of IPv6 that nobody has: 56 bits by chance, so that it is also none of a machine that this one may be joined to
 * one day.
 */
export function freeUniqueLocal(taken: readonly TakenRange[], random: () => Uint8Array): Subnet {
  const whole = parseSubnet(UNIQUE_LOCAL);
  if (whole === undefined) throw new Error(`"${UNIQUE_LOCAL}" is no range`);
  for (;;) {
    const bits = random()
      .subarray(0, 7)
      .reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const subnet = { family: 6 as const, value: whole.value | (bits << 64n), prefix: PREFIX_OF_IPV6 };
    if (!taken.some((other) => overlap(other.subnet, subnet))) return subnet;
  }
}

/** Throws SC_EXISTS, naming who has it, for a range that is not free. */
export function refuseTaken(words: string, subnet: Subnet, taken: readonly TakenRange[]): void {
  const other = taken.find((range) => overlap(range.subnet, subnet));
  if (other === undefined) return;
  throw new ScError('SC_EXISTS', `${words}: ${formatSubnet(subnet)} overlaps the ${other.holder}`, {
    hint: 'choose another range, such as a part of 10.0.0.0/8 that ip route does not show',
  });
}
