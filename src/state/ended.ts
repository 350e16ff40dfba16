import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import { countedRestart, restartsAfterEnd } from './restarts.ts';

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
  const { health, heldStill, overdueAt, ...rest } = state;
  return withRestarts(
    {
      ...rest,
      status: 'stopped',
      exit: asAsked(state, exit),
      ...(finishedAt !== undefined && { finishedAt }),
    },
    state.startedAt,
  );
}

/** The same where it was started again, and its program never ran. Pure. */
export function failedRestart(state: ContainerState, { exit, finishedAt }: ExitRecord): ContainerState {
  const { startedAt, ...rest } = state;
  const restarts = countedRestart(state.restarts);
  return withRestarts({ ...rest, status: 'stopped', exit, finishedAt, restarts }, undefined);
}

function withRestarts(ended: ContainerState, startedAt: string | undefined): ContainerState {
  const { restarts: _, ...rest } = ended;
  const restarts = restartsAfterEnd(ended, startedAt);
  return { ...rest, ...(restarts !== undefined && { restarts }) };
}

/**
 * Who asked for the end wants to know of it, whatever the program made of the signal; the monitor asks by SIGKILL at
 * the deadline. One that was killed has not run out of memory, though a child of it may have before.
 */
function asAsked(
  { stopRequestedAt, killRequestedAt, overdueAt }: ContainerState,
  exit: ExitStatus,
): ExitStatus {
  if (overdueAt !== undefined && exit.signal === 'SIGKILL') return { ...exit, cause: 'deadline' };
  if (killRequestedAt !== undefined && exit.cause === 'oom') return { ...exit, cause: 'signal' };
  const isOwn = exit.cause === 'exit' || exit.cause === 'signal';
  return stopRequestedAt !== undefined && isOwn ? { ...exit, cause: 'stopped' } : exit;
}
