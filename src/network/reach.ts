import type { PortSpec } from '../schema/container-spec.ts';
import type { PublishedPort } from '../schema/container-state.ts';
import { addressOf } from './addresses.ts';
import { placeOf } from './port-maps.ts';

/** ::1, from which nothing can leave by another interface than that of the loopback (RFC 4291, 2.5.3). */
const LOOPBACK_6 = 1n;

/** What a container can be reached by in its network. */
type Families = ReadonlySet<4 | 6>;

/** Those addresses of a port at which it can be published, or why there is none. */
export function reachableAt(
  { addresses }: Pick<PortSpec, 'addresses'>,
  families: Families,
  network: string,
): { addresses: string[] } | { reason: string } {
  const fit = addresses.filter((text) => {
    const { family, value } = addressOf(text);
    return families.has(family) && !(family === 6 && value === LOOPBACK_6);
  });
  if (fit.length > 0) return { addresses: fit };
  const isLoopback = addresses.some((text) => addressOf(text).value === LOOPBACK_6);
  const missing = addresses.some((text) => addressOf(text).family === 6) ? 'IPv6' : 'IPv4';
  if (isLoopback)
    return { reason: 'what comes from ::1 cannot be led to another network: publish it at 127.0.0.1' };
  return { reason: `network "${network}" has no addresses of ${missing}` };
}

/** Which ports of the machine, where they are known. */
interface Place extends Pick<PublishedPort, 'containerPort' | 'protocol' | 'addresses'> {
  hostPorts: PortSpec['hostPorts'];
}

/**
 * From where a port can be reached: `80/tcp is reached at 0.0.0.0:5000, from this machine and from whoever reaches it`.
 * `isRouter6` says whether the machine passes packets of IPv6 on.
 */
export function describeReach(
  { containerPort, protocol, addresses, hostPorts }: Place,
  isRouter6: boolean,
): string {
  const places = addresses.map((address) => placeText(address, hostPorts)).join(' and ');
  const isLocal = addresses.every((text) => isLoopback(text) || (text.includes(':') && !isRouter6));
  const isLocal6 = !isLocal && !isRouter6 && addresses.some((text) => text.includes(':'));
  const from = isLocal ? 'from this machine alone' : 'from this machine and from whoever reaches it';
  const how = isLocal6 ? ', by IPv6 from this machine alone' : '';
  return `${containerPort}/${protocol} is reached at ${places}, ${from}${how}`;
}

function placeText(text: string, hostPorts: PortSpec['hostPorts']): string {
  const address = addressOf(text);
  if (hostPorts !== undefined && hostPorts.first === hostPorts.last)
    return placeOf({ address, port: hostPorts.first });
  const ports = hostPorts === undefined ? 'a free port' : `${hostPorts.first}-${hostPorts.last}`;
  return placeOf({ address, port: 0 }).replace(/0$/, ports);
}

function isLoopback(text: string): boolean {
  return text.startsWith('127.') || addressOf(text).value === LOOPBACK_6;
}
