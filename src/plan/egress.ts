import { formatSubnet, parseAddress, parseSubnet, subnetOf } from '../linux/ip-address.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';

/** What a container may reach, by addresses and by names. */
export function compileEgress(targets: readonly string[]): NonNullable<ContainerSpec['network']['egress']> {
  const all = targets.map((target) => ({ range: rangeOf(target), name: target.toLowerCase() }));
  const ranges = all.flatMap(({ range }) => range ?? []);
  const names = all.flatMap(({ range, name }) => (range === undefined ? [name] : []));
  return { addresses: [...new Set(ranges)], names: [...new Set(names)] };
}

/** Undefined for a host name. */
function rangeOf(target: string): string | undefined {
  const address = parseAddress(target);
  if (address !== undefined) return formatSubnet(subnetOf(address, address.family === 4 ? 32 : 128));
  const subnet = parseSubnet(target);
  return subnet && formatSubnet(subnet);
}
