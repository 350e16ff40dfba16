import { visible } from '../errors/visible.ts';
import type { NetworkListResult } from '../schema/operations/network-list.ts';
import { elapsed } from './elapsed.ts';
import { table } from './table.ts';

/** A line for each network, with who is attached to it. `now` is in milliseconds since 1970. */
export function describeNetworks({ networks, broken }: NetworkListResult, now: number): string {
  const rows = networks.map(({ name, subnets, internal, createdAt, containers }) => [
    name,
    subnets.map(({ subnet }) => subnet).join(' '),
    internal ? 'ends here' : 'leads out',
    `${elapsed(createdAt, now)} ago`,
    visible(containers.join(' ')),
  ]);
  const lost = broken.map(({ reference, error }) => [visible(reference), `broken (${error.code})`]);
  return [
    table([['NAME', 'SUBNETS', 'KIND', 'CREATED', 'CONTAINERS'], ...rows, ...lost]),
    ...broken.map(({ error }) => visible(error.message)),
  ].join('\n');
}
