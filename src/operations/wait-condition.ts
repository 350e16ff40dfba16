import { ScError } from '../errors/error.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import type { Awaited, Condition } from '../schema/operations/wait.ts';
import { dueRestart } from '../state/restarts.ts';

/** What is known of a container that somebody waits for. */
export interface Sight {
  /** Its last record; of one that is gone, the last that was seen. */
  state: ContainerState;
  isGone: boolean;
  /** How it ended when it was last told, which for one that is gone no record says. */
  told: ExitStatus | undefined;
}

/**
 * What has come about, or undefined as long as it has not. `state` is as it is now, whatever its record says.
 * Throws SC_WRONG_STATE and SC_NOT_FOUND for what cannot come about any more. Pure.
 */
export function judge(
  condition: Condition,
  { state, isGone, told }: Sight,
  boot: string,
  now: number,
): Awaited | undefined {
  const { id, name, status, exit = told, health, spec } = state;
  const awaited: Awaited = { id, name, ...(exit !== undefined && { exit }) };
  if (condition === 'healthy' && spec.monitor.health === undefined)
    throw new ScError('SC_WRONG_STATE', `wait for "${name}" to be healthy: it has no health check`, {
      hint: 'give it one with monitor.health in its file, or wait for --condition running',
    });
  if (condition === 'removed') return isGone ? awaited : undefined;
  if (isGone) {
    if (condition === 'stopped') return { ...awaited, exit: exit ?? { code: null, cause: 'unknown' } };
    throw new ScError('SC_NOT_FOUND', `wait for "${name}" to be ${condition}: it was deleted`);
  }
  const isOver = status === 'stopped' && dueRestart(state, boot, now) === undefined;
  if (condition === 'stopped') return isOver ? awaited : undefined;
  if (condition === 'healthy') {
    if (isOver) throw ended(state);
    return status === 'running' && health?.status === 'healthy' ? awaited : undefined;
  }
  return status === condition ? { id, name } : undefined;
}

function ended({ name, exit }: ContainerState): ScError {
  return new ScError(
    'SC_WRONG_STATE',
    `wait for "${name}" to be healthy: it has ended with code ${exit?.code ?? 'unknown'}`,
    { hint: `sc logs ${name}` },
  );
}
