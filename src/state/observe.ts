import { bootId } from '../linux/boot.ts';
import { processIsAlive } from '../linux/process.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';

/** What a keeper recorded when its container ended. */
export interface ExitRecord {
  exit: ExitStatus;
  /** RFC 3339, UTC. */
  finishedAt: string;
}

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
  if (state.status === 'stopped' || isTended(state)) return state;
  const record = readExit(directory);
  if (record !== undefined) return { ...state, status: 'stopped', ...record };
  // Its program never ran: who was about to run it is who failed.
  const cause = state.status === 'creating' ? 'runner' : 'unknown';
  return { ...state, status: 'stopped', exit: { code: null, cause } };
}

/** Whether a process lives that sees to the container: who runs it, or its parent. */
export function isTended({ bootId: boot, runner, keeper }: ContainerState): boolean {
  if (boot !== bootId()) return false;
  return processIsAlive(runner) || (keeper !== undefined && processIsAlive(keeper));
}
