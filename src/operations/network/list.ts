import { faultOf } from '../../errors/fault.ts';
import type { NetworkListRequest, NetworkListResult } from '../../schema/operations/network-list.ts';
import type { ListedNetwork } from '../../schema/operations/network-many.ts';
import { hasLabel } from '../list.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { networksOf } from './found.ts';
import { networkUsers } from './users.ts';

/** The networks that are wanted. What cannot be read is always told. */
export async function listNetworks(
  request: NetworkListRequest,
  settings: Settings,
): Promise<NetworkListResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const users = networkUsers(await place.store.list());
  const { networks, broken } = networksOf(place).list();
  const listed = networks.map(({ name, createdAt, subnets, internal, mtu, labels }) => ({
    name,
    createdAt,
    subnets,
    internal,
    mtu,
    labels,
    containers: (users.get(name) ?? []).map(({ container }) => container.name),
  }));
  return {
    networks: listed.filter((network) => isWanted(network, request)),
    broken: broken.map(({ name, error }) => ({ reference: name, error: faultOf(error) })),
  };
}

function isWanted(
  { name, labels, containers }: ListedNetwork,
  { names, labels: wanted = [], dangling }: NetworkListRequest,
): boolean {
  return (
    (names === undefined || names.some((part) => name.includes(part))) &&
    (dangling === undefined || dangling === (containers.length === 0)) &&
    wanted.every((label) => hasLabel(labels, label))
  );
}
