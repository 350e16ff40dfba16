import { ScError } from '../../errors/error.ts';
import { hasNames } from '../../network/new-network.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import type { NamesResult } from '../../schema/operations/names.ts';
import { validateResult } from '../../schema/operations/validate-names.ts';
import { isTended } from '../../state/observe.ts';
import { askMonitor, type MonitorCaller } from '../monitor.ts';
import type { Workplace } from '../workplace.ts';
import { networksOf } from './found.ts';

/** Has the monitor serve the names of networks, for a container that this process is about to start in them. */
export async function askToServe(place: Workplace, caller: MonitorCaller, networks: string[]): Promise<void> {
  await askMonitor<NamesResult>(place, caller, {
    operation: 'names',
    request: { networks },
    validate: validateResult,
  });
}

/** Whether a container runs in a network whose names are to be served. */
export async function hasNeighbours(place: Workplace): Promise<boolean> {
  for (const network of networksOf(place).up().filter(hasNames))
    for (const state of await attachedTo(place, network)) if (isInNetwork(state)) return true;
  return false;
}

/** The containers that have a place in a network, whatever they do. A look at the record of each. */
export async function attachedTo(place: Workplace, network: string): Promise<ContainerState[]> {
  const claims = networksOf(place).claims(network);
  const ids = new Set(claims.all().flatMap((address) => claims.holder(address) ?? []));
  const found = await Promise.all([...ids].map((id) => recordOf(place, id)));
  return found.filter((state) => state !== undefined);
}

/** Undefined for one that is gone, or whose record cannot be used. */
export async function recordOf({ store }: Workplace, id: string): Promise<ContainerState | undefined> {
  try {
    return store.has(id) ? await store.find(id) : undefined;
  } catch (error) {
    if (error instanceof ScError) return undefined;
    throw error;
  }
}

/** Whether its program runs, as far as its record tells and a process sees to it. */
export function isInNetwork(state: ContainerState): boolean {
  return (state.status === 'running' || state.status === 'paused') && isTended(state);
}
