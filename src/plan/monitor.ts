import { resolve } from 'node:path';
import { parseDuration, parseSize } from '../document/units.ts';
import type { Logging, Monitor } from '../schema/container-file.ts';
import type { LoggingSpec, MonitorSpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';

const MEBIBYTE = 1024 * 1024;

/** Docker's numbers, in milliseconds. */
const restartDefaults = { delay: 100, maxDelay: 60_000, resetAfter: 10_000 };
const healthDefaults = {
  interval: 30_000,
  timeout: 30_000,
  startPeriod: 0,
  startInterval: 5_000,
  retries: 3,
};

/** `directory` is that of the file, from which its paths count. */
export function compileMonitor(
  { init, restart, health, timeout, pidFile }: Monitor,
  directory: string,
  fields: Fields,
): MonitorSpec {
  const time = (path: string, text: string | undefined, fallback: number) =>
    fields.convert(`monitor.${path}`, text, fallback, parseDuration);
  const { policy, maxRetries } = restart ?? {};
  const monitor: MonitorSpec = {
    init: fields.take('monitor.init', init, false),
    restart: {
      policy: fields.take('monitor.restart.policy', policy, 'never'),
      ...(maxRetries !== undefined && {
        maxRetries: fields.take('monitor.restart.maxRetries', maxRetries, 0),
      }),
      delay: time('restart.delay', restart?.delay, restartDefaults.delay),
      maxDelay: time('restart.maxDelay', restart?.maxDelay, restartDefaults.maxDelay),
      resetAfter: time('restart.resetAfter', restart?.resetAfter, restartDefaults.resetAfter),
    },
  };
  const isOff = fields.take('monitor.health.disable', health?.disable, false);
  if (!isOff && hasCheck(health, fields))
    monitor.health = {
      args: fields.take('monitor.health.args', health?.args, []),
      interval: time('health.interval', health?.interval, healthDefaults.interval),
      timeout: time('health.timeout', health?.timeout, healthDefaults.timeout),
      startPeriod: time('health.startPeriod', health?.startPeriod, healthDefaults.startPeriod),
      startInterval: time('health.startInterval', health?.startInterval, healthDefaults.startInterval),
      retries: fields.take('monitor.health.retries', health?.retries, healthDefaults.retries),
    };
  if (timeout !== undefined) monitor.timeout = time('timeout', timeout, 0);
  if (pidFile !== undefined)
    monitor.pidFile = fields.convert('monitor.pidFile', pidFile, '', (path) => resolve(directory, path));
  return monitor;
}

function hasCheck(health: Monitor['health'], fields: Fields): boolean {
  if (health?.args !== undefined || fields.hasFromImage('monitor.health.args')) return true;
  if (health !== undefined) fields.refuse('monitor.health', 'the image says not how to check it either');
  return false;
}

/** For what runs detached: what goes to the streams of a caller is not kept. */
export function compileLogging({ driver, maxSize, maxFiles, order }: Logging, fields: Fields): LoggingSpec {
  return {
    driver: fields.take('logging.driver', driver, 'file'),
    maxSize: fields.convert('logging.maxSize', maxSize, 20 * MEBIBYTE, parseSize),
    maxFiles: fields.take('logging.maxFiles', maxFiles, 5),
    order: fields.take('logging.order', order, 'streams'),
  };
}
