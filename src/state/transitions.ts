import { ScError } from '../errors/error.ts';
import type { ContainerState, ContainerStatus } from '../schema/container-state.ts';

/** What is done to a container by its status alone. Who starts, stops or deletes one looks at more than that. */
export type ContainerEvent = 'create' | 'launch' | 'pause' | 'resume' | 'exec' | 'kill';

type Transitions = Readonly<Partial<Record<ContainerStatus, ContainerStatus>>>;

/** For each event, the statuses in which it may come and what the container is then. */
export const transitions: Readonly<Record<ContainerEvent, Transitions>> = {
  create: { creating: 'created' },
  // Creates and starts in one step.
  launch: { creating: 'running' },
  pause: { running: 'paused' },
  resume: { paused: 'running' },
  exec: { running: 'running' },
  kill: { running: 'running', paused: 'paused' },
};

/**
 * The status after `event`. Throws SC_WRONG_STATE, naming the action, the status and those that would do,
 * where the container's status does not allow it.
 */
export function transition(
  { name, status }: Pick<ContainerState, 'name' | 'status'>,
  event: ContainerEvent,
): ContainerStatus {
  const next = transitions[event][status];
  if (next !== undefined) return next;
  const wanted = Object.keys(transitions[event]).join(' or ');
  throw new ScError(
    'SC_WRONG_STATE',
    `${event} "${name}": it is ${status}, and must be ${wanted}`,
    hintOf(event, status, name),
  );
}

function hintOf(event: ContainerEvent, status: ContainerStatus, name: string): { hint?: string } {
  if (event === 'exec' && status === 'paused') return { hint: `sc resume ${name}` };
  if (event === 'exec' && status !== 'creating') return { hint: `sc start ${name}` };
  return {};
}
