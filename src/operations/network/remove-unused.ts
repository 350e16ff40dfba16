import { during } from '../../errors/reason.ts';
import { bridgeDown, isAnyBridgeUp } from '../../network/bridge.ts';
import { stopForwarding } from '../../network/forwarding.ts';
import type { Networks } from '../../network/networks.ts';
import type { Workplace } from '../workplace.ts';
import { networksOf, noSuchNetwork } from './found.ts';
import { refuseUsed } from './users.ts';

/** Removes a network that no container is attached to. Throws SC_NOT_FOUND, and SC_WRONG_STATE naming who is. */
export async function removeUnused(place: Workplace, name: string): Promise<void> {
  const networks = networksOf(place);
  if (!networks.has(name)) throw noSuchNetwork(networks, name);
  await during('SC_SYSTEM_CALL', `remove network "${name}"`, () =>
    networks.exclusively(async () => {
      if (!networks.has(name)) throw noSuchNetwork(networks, name);
      // What a newer sc has made is its to remove.
      networks.findRemovable(name);
      refuseUsed(await place.store.list(), name);
      takeDown(networks, name);
      await networks.remove(name);
      await place.store.tell({ type: 'networkRemoved', network: name });
    }),
  );
}

/** Takes down what is there of a network in the kernel, and who had which of its addresses. */
export function takeDown(networks: Networks, name: string): void {
  const made = networks.made(name);
  const wasUp = networks.up().includes(name);
  if (made !== undefined) bridgeDown(made, networks);
  networks.claims(name).clear();
  networks.noteDown(name);
  // Others pass packets on by what this one has switched on, if they found it so.
  if (wasUp && networks.up().length === 0 && !isAnyBridgeUp())
    stopForwarding('stop passing packets on', networks);
}
