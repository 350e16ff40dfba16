import type { ContainerState, ExitStatus } from '../schema/container-state.ts';

/** How a container has ended, as its keeper recorded it. */
export interface ExitRecord {
  exit: ExitStatus;
  /** RFC 3339, UTC. */
  finishedAt: string;
}

/** How a record goes on when its container has ended: stopped, and maybe to be started again. Pure. */
export function endedState(
  state: ContainerState,
  { exit, finishedAt }: Pick<ExitRecord, 'exit'> & Partial<ExitRecord>,
): ContainerState {
  const { health, ...rest } = state;
  const ended: ContainerState = {
    ...rest,
    status: 'stopped',
    exit: asAsked(state, exit),
    ...(finishedAt !== undefined && { finishedAt }),
  };
  const restarts = nextRestart(ended);
  if (restarts !== undefined) ended.restarts = restarts;
  return ended;
}

/** Who asked for the end wants to know of it, whatever the program made of the signal. */
function asAsked({ stopRequestedAt }: ContainerState, exit: ExitStatus): ExitStatus {
  const isOwn = exit.cause === 'exit' || exit.cause === 'signal';
  return stopRequestedAt !== undefined && isOwn ? { ...exit, cause: 'stopped' } : exit;
}

/**
 * What the restart policy makes of an end, with docker's rules: the wait doubles with each restart, and who ran
 * long enough begins anew.
 */
function nextRestart(state: ContainerState): ContainerState['restarts'] {
  const { detached, exit, stopRequestedAt, spec, startedAt, restarts } = state;
  const end = state.finishedAt === undefined ? Date.now() : Date.parse(state.finishedAt);
  const { policy, maxRetries, delay, maxDelay, resetAfter } = spec.monitor.restart;
  const total = restarts?.total ?? 0;
  const ran = startedAt === undefined ? 0 : end - Date.parse(startedAt);
  const inARow = ran >= resetAfter ? 0 : (restarts?.inARow ?? 0);
  const settled = restarts && { total, inARow };
  if (detached !== true || policy === 'never' || stopRequestedAt !== undefined) return settled;
  if (policy === 'on-failure' && exit?.code === 0) return settled;
  if (maxRetries !== undefined && inARow >= maxRetries) return settled;
  const wait = Math.min(maxDelay, delay * 2 ** Math.min(inARow, 40));
  return { total, inARow, nextAt: new Date(end + wait).toISOString() };
}
