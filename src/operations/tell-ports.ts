import type { ContainerState, PublishedPort } from '../schema/container-state.ts';
import type { StartResult } from '../schema/operations/start.ts';
import { type Caller, say } from './caller.ts';
import type { Workplace } from './workplace.ts';

// Loaded by every start and end, unlike what they load themselves (publish.ts), which only those with ports need.

/** Says from where ports can be reached. */
export async function tellPorts(
  caller: Caller,
  name: string,
  ports: readonly PublishedPort[],
): Promise<void> {
  const { describePorts } = await import('./publish.ts');
  for (const line of describePorts(ports)) say(caller, `"${name}": ${line}`);
}

/** The same of containers that were started by the monitor just now. */
export async function tellStarted(
  { store }: Workplace,
  caller: Caller,
  { containers }: StartResult,
): Promise<void> {
  for (const { id, name } of containers) {
    // It may have ended, and be deleted with that, at any moment.
    const state = await store.named(name);
    if (state?.id === id && state.ports !== undefined) await tellPorts(caller, name, state.ports);
  }
}

/** Leads nobody to a container any more; no effect where nobody is. */
export async function withdrawPorts(place: Workplace, state: ContainerState): Promise<void> {
  (await withdrawal(state))?.(place, state);
}

/**
 * Has the monitor hold no ports any more for a container that is not started again as it was. It does so itself when it
 * hears of that, which is later.
 */
export async function letGoOfPorts({
  detached,
  ports,
  portsSocket,
  runner,
  spec,
  restarts,
}: ContainerState): Promise<void> {
  if (detached !== true || ports === undefined || portsSocket === undefined) return;
  // What is never started again and never was waits for nothing.
  if (spec.monitor.restart.policy === 'never' && restarts === undefined) return;
  (await import('../network/held-box.ts')).emptyHeldBox(runner, portsSocket);
}

/** What leads nobody to it any more at once; undefined for one that can have published none, at any time. */
export async function withdrawal({
  endpoints,
}: Pick<ContainerState, 'endpoints'>): Promise<
  ((place: Workplace, state: ContainerState) => void) | undefined
> {
  if (endpoints === undefined) return undefined;
  return (await import('./publish.ts')).withdraw;
}
