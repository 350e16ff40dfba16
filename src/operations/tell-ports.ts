import type { ContainerState, PublishedPort } from '../schema/container-state.ts';
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

/** Leads nobody to a container any more; no effect where nobody is. */
export async function withdrawPorts(place: Workplace, state: ContainerState): Promise<void> {
  (await withdrawal(state))?.(place, state);
}

/** What does so at once; undefined for one that publishes none. */
export async function withdrawal({
  ports,
  spec,
}: Pick<ContainerState, 'ports' | 'spec'>): Promise<
  ((place: Workplace, state: ContainerState) => void) | undefined
> {
  if (ports === undefined && spec.network.ports === undefined) return undefined;
  return (await import('./publish.ts')).withdraw;
}
