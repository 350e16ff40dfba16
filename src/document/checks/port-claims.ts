import { type IpAddress, parseAddress } from '../../linux/ip-address.ts';
import { isRangeOfPorts, type PortRange, type PortText, parsePort, sizeOf } from '../port.ts';
import { containersOf, joined, select, valueAt } from './check.ts';
import { isPublishing } from './ports.ts';

/** Ports of the machine that a container wants. */
export interface Claim {
  document: unknown;
  /** Where the container is in it. */
  container: string;
  path: string;
  protocol: PortText['protocol'];
  /** Undefined for all: which a setting names instead is not known, and a file is to hold with any. */
  address: IpAddress | undefined;
  ports: PortRange;
  /** Whether any one of them will do. */
  isAny: boolean;
  /** How many containers want them, each for itself. */
  count: number;
}

/** Those of a document, as far as it can be understood. */
export function claimsOf(document: unknown): Claim[] {
  const replicas = valueAt(document, 'replicas');
  const count = typeof replicas === 'number' ? replicas : 1;
  return containersOf(document).flatMap((container) => {
    const texts = select(container.value, 'network.ports.*');
    if (count < 1 || texts.length === 0 || !isPublishing(container.value)) return [];
    return texts.flatMap(({ path, value }): Claim[] => {
      const parsed = typeof value === 'string' ? parsePort(value) : undefined;
      const ports = parsed?.host;
      if (parsed === undefined || ports === undefined || !isRangeOfPorts(ports)) return [];
      const address = parsed.address === undefined ? undefined : parseAddress(parsed.address);
      if (parsed.address !== undefined && address === undefined) return [];
      return [
        {
          document,
          container: container.path,
          path: joined(container.path, path),
          protocol: parsed.protocol,
          address,
          ports,
          isAny: sizeOf(ports) > 1 && sizeOf(parsed.container) === 1,
          count,
        },
      ];
    });
  });
}

/** Whether two containers cannot have the same of these ports. */
export function areInTheWay(one: Claim, other: Claim): boolean {
  return one.protocol === other.protocol && areOneAddress(one.address, other.address);
}

function areOneAddress(one: IpAddress | undefined, other: IpAddress | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  const isAll = one.value === 0n || other.value === 0n;
  return one.family === other.family && (isAll || one.value === other.value);
}

export function overlap(one: PortRange, other: PortRange): boolean {
  return one.first <= other.last && other.first <= one.last;
}
