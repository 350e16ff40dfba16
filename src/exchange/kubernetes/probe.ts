import type { Runnable } from './cluster.ts';
import { secondsOf } from './quantity.ts';
import type { Source } from './source.ts';

/**
 * A check of health says who is ready and ends nobody, so that it is a readinessProbe. Before its first success a Pod is
 * not ready anyway, whatever the time in which failures do not count.
 */
export function probeOf({ monitor }: Runnable, source: Source): object | undefined {
  const health = monitor?.health;
  const at = (key: string) => `monitor.health.${key}`;
  if (health?.disable === true) {
    source.take('monitor.health', health);
    return undefined;
  }
  if (health?.args === undefined) return undefined;
  const { args, interval = '30s', timeout = '30s', retries = 3, startPeriod } = health;
  source.take(at('disable'), false);
  source.take(at('startPeriod'), startPeriod);
  return {
    exec: { command: source.take(at('args'), args) },
    periodSeconds: secondsOf(at('interval'), interval, source, 1),
    timeoutSeconds: secondsOf(at('timeout'), timeout, source, 1),
    failureThreshold: source.take(at('retries'), retries),
  };
}
