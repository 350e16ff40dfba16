import type { ContainerState } from '../schema/container-state.ts';

/**
 * When a stopped container is to be started by a new monitor, in milliseconds since 1970; undefined for never.
 * After a start of the machine those that are to run always run again, once: their records then have the new boot.
 * Pure.
 */
export function dueRestarts(state: ContainerState, boot: string): number | undefined {
  const { restarts, spec, stopRequestedAt } = state;
  if (restarts?.nextAt !== undefined) return Date.parse(restarts.nextAt);
  if (state.bootId === boot) return undefined;
  const { policy } = spec.monitor.restart;
  if (policy === 'always') return 0;
  return policy === 'unless-stopped' && stopRequestedAt === undefined ? 0 : undefined;
}
