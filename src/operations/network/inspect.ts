import type { NetworkInspectRequest, NetworkInspectResult } from '../../schema/operations/network-inspect.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { networksOf, noSuchNetwork } from './found.ts';
import { networkUsers } from './users.ts';

/** All that is known of a network. Throws SC_NOT_FOUND, SC_STATE_CORRUPT and SC_STATE_NEWER. */
export async function inspectNetwork(
  { network: name }: NetworkInspectRequest,
  settings: Settings,
): Promise<NetworkInspectResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const networks = networksOf(place);
  const record = networks.has(name) ? networks.find(name) : undefined;
  if (record === undefined) throw noSuchNetwork(networks, name);
  const users = networkUsers(await place.store.list()).get(name) ?? [];
  return {
    record,
    containers: users.map(({ container: { id, name: user, status }, endpoint }) => ({
      id,
      name: user,
      status,
      interface: endpoint.interface,
      address: endpoint.address,
      addresses: endpoint.addresses,
      aliases: endpoint.aliases,
    })),
  };
}
