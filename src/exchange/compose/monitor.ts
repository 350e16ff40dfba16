import type { Logging, Monitor } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import type { Item } from './item.ts';
import { commandOf } from './process.ts';
import { durationOf, sizeOf } from './values.ts';

type Restart = NonNullable<Monitor['restart']>;
type Health = NonNullable<Monitor['health']>;

/** Restarts, health and init; a Job runs once. */
export function monitorOf(service: Item, isJob: boolean): Monitor | undefined {
  const restart = restartOf(service);
  const check = service.get('healthcheck');
  if (isJob && restart !== undefined) service.get('restart')?.note('a Job is not started again');
  if (isJob) check?.note('a Job has no health check');
  return filled({
    init: service.get('init')?.boolean() || undefined,
    restart: isJob ? undefined : restart,
    health: isJob || check === undefined ? undefined : healthOf(check),
  });
}

function restartOf(service: Item): Restart | undefined {
  const policy = service.get('deploy')?.get('restart_policy');
  return policy === undefined ? shortRestart(service.get('restart')) : deployedRestart(policy);
}

/** `no`, `always`, `unless-stopped`, `on-failure[:N]`. */
function shortRestart(item: Item | undefined): Restart | undefined {
  const text = item?.now() ?? 'no';
  // `restart: no` without quotes is false in YAML 1.1.
  if (text === 'no' || text === 'false' || text === '') return undefined;
  if (text === 'always' || text === 'unless-stopped') return { policy: text };
  const [whole, retries] = /^on-failure(?::(\d+))?$/.exec(text) ?? [];
  if (whole !== undefined) return { policy: 'on-failure', ...(retries && { maxRetries: Number(retries) }) };
  item?.expect('no, always, on-failure, on-failure:N or unless-stopped');
  return undefined;
}

function deployedRestart(policy: Item): Restart | undefined {
  const condition = policy.get('condition')?.now() ?? 'any';
  const [delay, retries, window] = ['delay', 'max_attempts', 'window'].map((key) => policy.get(key));
  if (condition === 'none') return undefined;
  return {
    policy: condition === 'on-failure' ? 'on-failure' : 'always',
    ...(retries !== undefined && { maxRetries: retries.number() }),
    ...filled({ delay: delay && durationOf(delay), resetAfter: window && durationOf(window) }),
  };
}

/** Whether a service has a health check of its own that is not switched off. */
export function hasHealthCheck(service: Item): boolean {
  const check = service.get('healthcheck');
  return check?.get('test') !== undefined && healthOf(check)?.disable !== true;
}

function healthOf(check: Item): Health | undefined {
  const test = check.get('test');
  const words = test === undefined ? undefined : testOf(test);
  if (check.get('disable')?.boolean() || words === 'none') return { disable: true };
  const time = (key: string) => {
    const item = check.get(key);
    return item === undefined ? undefined : durationOf(item);
  };
  return filled({
    args: words,
    interval: time('interval'),
    timeout: time('timeout'),
    startPeriod: time('start_period'),
    startInterval: time('start_interval'),
    retries: check.get('retries')?.number(),
  });
}

/** A text is a line for a shell; a list says by its first word what it is. */
function testOf(test: Item): string[] | 'none' | undefined {
  if (!test.isList) return ['/bin/sh', '-c', test.text()];
  const [kind, ...words] = commandOf(test);
  if (kind === 'NONE') return 'none';
  if (kind === 'CMD') return words;
  if (kind === 'CMD-SHELL') return ['/bin/sh', '-c', words.join(' ')];
  test.problem(`found ${JSON.stringify(kind)} as the first word`, 'NONE, CMD or CMD-SHELL');
  return undefined;
}

/** How much is kept of the output; a Job keeps nothing. */
export function loggingOf(service: Item, isJob: boolean): Logging | undefined {
  const logging = service.get('logging');
  if (logging === undefined || isJob) return undefined;
  const driver = logging.get('driver');
  const name = driver?.now() ?? 'json-file';
  if (name === 'none') return { driver: 'none' };
  if (!['json-file', 'local'].includes(name))
    driver?.note(`a log of "${name}" is kept in files, for sc logs`);
  const options = Object.fromEntries(logging.get('options')?.entries() ?? []);
  for (const [key, item] of Object.entries(options))
    if (!['max-size', 'max-file'].includes(key)) item.note(`"${key}" has no counterpart`);
  const { 'max-size': size, 'max-file': files } = options;
  return filled({ maxSize: size && sizeOf(size), maxFiles: files?.number() });
}
