import type { NetworkState } from '../schema/network-state.ts';

/** What the rules of a network depend on. */
export type Fenced = Pick<NetworkState, 'name' | 'bridge' | 'address' | 'subnets' | 'internal'>;
type Named = Pick<NetworkState, 'bridge' | 'address'>;

/**
 * The group of all bridges of sc, whatever their state root (ip-link(8)): "sc" in ASCII. By it a rule tells the networks
 * of containers from all other interfaces of the machine.
 */
export const BRIDGES = 0x7363;

/** So many names may a container ask for in a second. */
export const QUESTIONS = 1000;

/**
 * The table of a network. It has the hardware address of its bridge in its name, which was chosen by chance: so that a
 * table of this name is ours, and none of somebody else's is ever taken for it.
 */
export function tableOf({ bridge, address }: Named): string {
  return `${bridge}-${address.replaceAll(':', '')}`;
}
