import { bootId } from '../linux/boot.ts';
import { processIsAlive } from '../linux/process.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { type ExitRecord, endedState } from './ended.ts';

/**
 * A container as it is now, where its record tells how it was: one that nobody tends any more, since its
 * runner and keeper have died or the machine was started again, has stopped. `readExit` gives what the
 * keeper left in the container's `directory`, if it came so far.
 *
 * Without that nobody knows the exit code, and none is made up.
 */
export function observe(
  state: ContainerState,
  directory: string,
  readExit: (directory: string) => ExitRecord | undefined,
): ContainerState {
  return state.status === 'stopped' || isTended(state) ? state : untendedState(state, readExit(directory));
}

/** The same of one that nobody tends, with what its keeper recorded. */
export function untendedState(state: ContainerState, record: ExitRecord | undefined): ContainerState {
  if (state.status === 'stopped') return state;
  if (record !== undefined) return endedState(state, record);
  // Its program never ran: who was about to run it is who failed.
  const cause = hasStarted(state) ? 'unknown' : 'runner';
  return endedState(state, { exit: { code: null, cause } });
}

/**
 * Whether a process lives that sees to the container: who runs it, or its parent; for a detached one that runs
 * that is its parent alone.
 */
export function isTended(state: ContainerState): boolean {
  const { bootId: boot, detached, runner, keeper } = state;
  if (boot !== bootId()) return false;
  if (detached && hasStarted(state)) return keeper !== undefined && processIsAlive(keeper);
  return processIsAlive(runner) || (keeper !== undefined && processIsAlive(keeper));
}

/** Whether its program was ever executed, as far as the record tells. */
export function hasStarted({ status }: ContainerState): boolean {
  return status !== 'creating' && status !== 'created';
}
