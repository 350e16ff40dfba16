import type { HealthCheck } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';

type Health = NonNullable<ContainerState['health']>;

/** A check that was made: without a code it took too long or could not be run. */
export type Checked = NonNullable<Health['last']>;

/** Of one that has just been started. */
export const unchecked: Health = { status: 'starting', failures: 0 };

/**
 * What is known of a container's health after one check more, with docker's rules: failures count from the end of
 * the start period or from the first success on, whichever comes first. Pure.
 */
export function healthAfter(
  health: Health,
  last: Checked,
  { retries, startPeriod }: Pick<HealthCheck, 'retries' | 'startPeriod'>,
  startedAt: string,
): Health {
  if (last.code === 0) return { status: 'healthy', failures: 0, last };
  const ran = Date.parse(last.at) - Date.parse(startedAt);
  if (health.status === 'starting' && ran < startPeriod) return { ...health, last };
  const failures = health.failures + 1;
  return { status: failures >= retries ? 'unhealthy' : health.status, failures, last };
}

/** Milliseconds between the last check, or the start, and the next one. Pure. */
export function checkInterval(
  { status }: Health,
  { interval, startInterval, startPeriod }: HealthCheck,
  startedAt: string,
  now: number,
): number {
  const isStarting = status === 'starting' && now - Date.parse(startedAt) < startPeriod;
  return isStarting ? startInterval : interval;
}

/**
 * Milliseconds from now to the next check of a container of which nobody knows when the last one ended, as after a
 * change of the monitor; undefined where it is over-due. Pure.
 */
export function untilNextCheck(
  health: Health,
  check: HealthCheck,
  startedAt: string,
  now: number,
): number | undefined {
  const interval = checkInterval(health, check, startedAt, now);
  const left = Date.parse(health.last?.at ?? startedAt) + interval - now;
  // The clock may have been set back meanwhile.
  return left <= 0 ? undefined : Math.min(left, interval);
}
