import { addressBytes, formatAddress, type IpAddress } from '../linux/ip-address.ts';
import type { LocalPort } from '../linux/port-socket.ts';

const PROTOCOLS = { tcp: 6, udp: 17 } as const;

/** Where who comes to a port of the machine is led. */
export interface Forward extends LocalPort {
  target: IpAddress;
  targetPort: number;
}

/** A map of a network's table: from protocol and port of the machine to address and port of a container. */
interface PortMap {
  name: string;
  /** As nft(8) has it. */
  type: string;
  /** The rule that looks into it. */
  lookup: string;
}

/** Of each family one for ports at a single address of the machine, which come first, and one for those at all. */
export const portMaps: readonly PortMap[] = ([4, 6] as const).flatMap((family) => {
  const ip = family === 4 ? 'ip' : 'ip6';
  const address = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const port = 'inet_proto . inet_service';
  const wanted = 'meta l4proto . th dport';
  // What came from ::1 can leave by no other interface than that of the loopback (RFC 4291, 2.5.3).
  const local = family === 4 ? 'fib daddr type local' : 'ip6 daddr != ::1 fib daddr type local';
  return [
    {
      name: `ports${family}at`,
      type: `${address} . ${port} : ${address} . inet_service`,
      lookup: `dnat ${ip} to ${ip} daddr . ${wanted} map @ports${family}at`,
    },
    {
      name: `ports${family}`,
      type: `${port} : ${address} . inet_service`,
      lookup: `${local} dnat ${ip} to ${wanted} map @ports${family}`,
    },
  ];
});

/** The map that a port stands in. */
export function mapOf({ address }: Pick<LocalPort, 'address'>): string {
  return address.value === 0n ? `ports${address.family}` : `ports${address.family}at`;
}

/** What is looked for of a port of the machine. */
export function keyOf({ protocol, address, port }: LocalPort): Buffer {
  const key = Buffer.from([PROTOCOLS[protocol], 0, 0, 0, port >> 8, port & 0xff, 0, 0]);
  return address.value === 0n ? key : Buffer.concat([addressBytes(address), key]);
}

/** Whether it is looked for of a port of UDP. */
export function isOfUdp(key: Buffer): boolean {
  return key[key.length - 8] === PROTOCOLS.udp;
}

/** The port of the machine that is looked for. */
export function portOfKey(key: Buffer): number {
  return key.readUInt16BE(key.length - 4);
}

/** Where a container is reached. */
export function targetBytes(address: IpAddress, port: number): Buffer {
  return Buffer.concat([addressBytes(address), Buffer.from([port >> 8, port & 0xff, 0, 0])]);
}

/** Whether a value leads to one of these addresses. */
export function leadsTo(value: Buffer, addresses: readonly IpAddress[]): boolean {
  return addresses.some((address) => {
    const bytes = addressBytes(address);
    return value.length === bytes.length + 4 && value.subarray(0, bytes.length).equals(bytes);
  });
}

/** `0.0.0.0:5000`, `[::1]:5000`. */
export function placeOf({ address, port }: Pick<LocalPort, 'address' | 'port'>): string {
  const text = formatAddress(address);
  return address.family === 4 ? `${text}:${port}` : `[${text}]:${port}`;
}
