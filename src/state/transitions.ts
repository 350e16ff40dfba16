import { ScError } from '../errors/error.ts';
import type { ContainerState, ContainerStatus } from '../schema/container-state.ts';

/** What is done to a container, or happens to it: `end` is its own end, whatever the reason. */
export type ContainerEvent =
  | 'create'
  | 'launch'
  | 'start'
  | 'pause'
  | 'resume'
  | 'exec'
  | 'kill'
  | 'stop'
  | 'end'
  | 'delete';

type Transitions = Readonly<Partial<Record<ContainerStatus, ContainerStatus | 'deleted'>>>;

/** For each event, the statuses in which it may come and what the container is then. */
export const transitions: Readonly<Record<ContainerEvent, Transitions>> = {
  create: { creating: 'created' },
  // Creates and starts in one step.
  launch: { creating: 'running' },
  start: { created: 'running' },
  pause: { running: 'paused' },
  resume: { paused: 'running' },
  exec: { running: 'running' },
  kill: { running: 'running', paused: 'paused' },
  // One that has stopped is as it was asked to be.
  stop: { created: 'stopped', running: 'stopped', paused: 'stopped', stopped: 'stopped' },
  end: { creating: 'stopped', created: 'stopped', running: 'stopped', paused: 'stopped' },
  delete: { created: 'deleted', stopped: 'deleted' },
};

/**
 * The status after `event`. Throws SC_WRONG_STATE, naming the action, the status and those that would do,
 * where the container's status does not allow it.
 */
export function transition(
  { name, status }: Pick<ContainerState, 'name' | 'status'>,
  event: ContainerEvent,
): ContainerStatus | 'deleted' {
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
  if (event === 'delete') return { hint: 'stop it first, or use --force' };
  if (event === 'exec' && status === 'paused') return { hint: `sc resume ${name}` };
  if (event === 'exec' && status !== 'creating') return { hint: `sc start ${name}` };
  return {};
}
