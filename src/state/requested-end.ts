import type { ContainerState } from '../schema/container-state.ts';

/** How somebody asks for the end of a container: to stop it, or by a signal that is to end it. */
type EndRequest = 'stop' | 'kill';

/**
 * Written down before the first signal is sent, so that whoever records the end knows that it was asked for, and
 * no policy starts the container again. Pure.
 */
export function requestEnd(
  state: ContainerState,
  request: EndRequest,
  at = new Date().toISOString(),
): ContainerState {
  const { restarts, ...rest } = state;
  const { total, inARow } = restarts ?? {};
  return {
    ...rest,
    // It waits for no start any more.
    ...(total !== undefined && inARow !== undefined && { restarts: { total, inARow } }),
    ...(request === 'stop' ? { stopRequestedAt: at } : { killRequestedAt: at }),
  };
}

/** Whether somebody has asked for the end since the last start. */
export function isEndRequested({ stopRequestedAt, killRequestedAt }: ContainerState): boolean {
  return stopRequestedAt !== undefined || killRequestedAt !== undefined;
}
