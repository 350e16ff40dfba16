import type { LiveContainer, LivePowers } from '../backend/backend.ts';
import { ableTo } from '../backend/operations.ts';
import { ScError } from '../errors/error.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Workplace } from './workplace.ts';

/** A container that runs, paused or not, as backends take it. Throws SC_WRONG_STATE for one that does not. */
export function liveContainer({ id, status, init }: ContainerState): LiveContainer {
  if (status !== 'running' && status !== 'paused')
    throw new ScError('SC_WRONG_STATE', `it is ${status}, and must be running`);
  // It was so short that it could not be named any more.
  if (init === undefined) throw new ScError('SC_WRONG_STATE', 'its program has ended');
  return { id, pid: init.pid };
}

/** A container's backend, of which an operation is asked while it runs. Throws SC_UNSUPPORTED where it cannot. */
export async function livePowers<Operation extends 'attach' | 'pause' | 'resume' | 'top' | 'stats'>(
  place: Workplace,
  { backend }: ContainerState,
  operation: Operation,
) {
  return ableTo<Operation, LivePowers>(operation, await place.live(backend), backend);
}
