import type { ContainerState } from '../schema/container-state.ts';
import { isEndRequested } from './requested-end.ts';

type Restarts = ContainerState['restarts'];

/**
 * What the restart policy makes of an end, with docker's rules: the wait doubles with each restart, and who ran
 * long enough begins anew. `startedAt` is of the run that has ended, undefined where its program never ran.
 * Pure.
 */
export function restartsAfterEnd(ended: ContainerState, startedAt: string | undefined): Restarts {
  const { detached, exit, finishedAt, spec, restarts } = ended;
  const { policy, maxRetries, delay, maxDelay, resetAfter } = spec.monitor.restart;
  const end = finishedAt === undefined ? Date.now() : Date.parse(finishedAt);
  const hasSucceeded = startedAt !== undefined && end - Date.parse(startedAt) >= resetAfter;
  const total = restarts?.total ?? 0;
  const inARow = hasSucceeded ? 0 : (restarts?.inARow ?? 0);
  const settled = restarts && { total, inARow };
  if (detached !== true || policy === 'never' || isEndRequested(ended)) return settled;
  if (policy === 'on-failure' && !isFailure(exit)) return settled;
  if (maxRetries !== undefined && inARow >= maxRetries) return settled;
  // Docker's 100 ms, 200 ms and so on; beyond 2^40 every wait is the longest.
  const wait = Math.min(maxDelay, delay * 2 ** Math.min(inARow, 40));
  return { total, inARow, nextAt: new Date(end + wait).toISOString() };
}

/** The same with one restart more. Pure. */
export function countedRestart(restarts: Restarts): NonNullable<Restarts> {
  const { total = 0, inARow = 0 } = restarts ?? {};
  return { total: total + 1, inARow: inARow + 1 };
}

/**
 * In how many milliseconds a container is to be started again, by whoever tends it then; undefined for never.
 * After a start of the machine those that are to run always run again, once: their records then have the new
 * boot. Pure.
 */
export function dueRestart(state: ContainerState, boot: string, now: number): number | undefined {
  const { detached, status, restarts, spec } = state;
  if (detached !== true || status !== 'stopped') return undefined;
  const { policy, maxDelay } = spec.monitor.restart;
  // The clock may have been set back meanwhile: nobody waits for longer than at the most.
  if (restarts?.nextAt !== undefined)
    return Math.min(Math.max(0, Date.parse(restarts.nextAt) - now), maxDelay);
  if (state.bootId === boot) return undefined;
  if (policy === 'always') return 0;
  return policy === 'unless-stopped' && !isEndRequested(state) ? 0 : undefined;
}

/**
 * The record of a container that is due without having waited, as after a start of the machine: from now on it
 * waits, so that whoever dies on the way to its start is followed by another, and one that fails is tried again. Pure.
 */
export function plannedRestart(state: ContainerState, nextAt: string): ContainerState {
  if (state.restarts?.nextAt !== undefined) return state;
  const { stopRequestedAt, killRequestedAt, ...rest } = state;
  const { total = 0, inARow = 0 } = state.restarts ?? {};
  return { ...rest, restarts: { total, inARow, nextAt } };
}

/** Who had to be stopped at its deadline has failed, with whatever code. */
function isFailure(exit: ContainerState['exit']): boolean {
  return exit?.code !== 0 || exit.cause === 'deadline';
}
