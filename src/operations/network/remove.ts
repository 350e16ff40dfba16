import { ScError } from '../../errors/error.ts';
import { DEFAULT_NETWORK } from '../../network/new-network.ts';
import type { NetworkPruneResult } from '../../schema/operations/network-prune.ts';
import type { NetworkRemoveRequest, NetworkRemoveResult } from '../../schema/operations/network-remove.ts';
import { tryEach } from '../many.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { networksOf } from './found.ts';
import { removeUnused } from './remove-unused.ts';
import { certainUsers } from './users.ts';

/** Removes networks that no container is attached to. Each is tried. */
export async function removeNetworks(
  { networks: names }: NetworkRemoveRequest,
  settings: Settings,
): Promise<NetworkRemoveResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const { containers: networks, failures } = await tryEach(names, async (name) => {
    await removeUnused(place, name);
    return name;
  });
  return { networks, failures };
}

/** Removes all that no container is attached to, but for the default one, which would be made again. */
export async function pruneNetworks(settings: Settings): Promise<NetworkPruneResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const users = certainUsers(await place.store.list());
  const unused = networksOf(place)
    .list()
    .networks.filter(({ name }) => name !== DEFAULT_NETWORK && !users.has(name));
  const networks: string[] = [];
  for (const { name } of unused) if (await isRemoved(() => removeUnused(place, name))) networks.push(name);
  return { networks };
}

/** Not where somebody has come to need it meanwhile, or has removed it. */
async function isRemoved(remove: () => Promise<void>): Promise<boolean> {
  try {
    await remove();
    return true;
  } catch (error) {
    if (error instanceof ScError && ['SC_WRONG_STATE', 'SC_NOT_FOUND'].includes(error.code)) return false;
    throw error;
  }
}
