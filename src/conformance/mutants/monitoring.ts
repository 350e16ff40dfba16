import { asking, type Fault, otherCommand, otherContainers, throughShell, together } from './fault.ts';
import type { Mutants } from './mutant.ts';

interface Container {
  monitor?: { health?: { args?: readonly string[] } };
}

/** How long containers run, how often they are started, and what is known of them. */
export const monitoring: Mutants = {
  'ignore-init': {
    fault: 'a program is process 1, whatever its container says',
    put: otherContainers({ 'monitor.init': null }),
  },
  'always-init': {
    fault: 'process 1 is an init of the runtime, whatever the container says',
    put: otherContainers({ 'monitor.init': true }),
  },
  'ignore-deadline': {
    fault: 'a container runs as long as it likes',
    put: otherContainers({ 'monitor.timeout': null }),
  },
  'never-restarts': {
    fault: 'no container is started again',
    put: otherContainers({ 'monitor.restart': null }),
  },
  'always-restarts': {
    fault: 'every container is started again',
    put: otherContainers({ 'monitor.restart': { policy: 'always', delay: '10ms' } }),
  },
  'ignore-max-retries': {
    fault: 'a container is started again as often as its program fails',
    put: otherContainers({ 'monitor.restart.maxRetries': null }),
  },
  'next-start-not-told': {
    fault: 'it does not tell when a container will be started again',
    put: otherCommand('inspect', (sound) => `${sound} "$@" | sed /nextAt/d`),
  },
  'local-times': {
    fault: 'times are those of a place and not in UTC',
    put: otherCommand('inspect', (sound) => `${sound} "$@" | sed 's/Z"/+01:00"/'`),
  },
  'ignore-check-timeout': {
    fault: 'a health check has as much time as it takes',
    put: otherContainers({ 'monitor.health.timeout': '1h' }),
  },
  'ignore-check-interval': {
    fault: 'health checks come an hour after one another',
    put: otherContainers({ 'monitor.health.interval': '1h', 'monitor.health.startInterval': '1h' }),
  },
  'check-without-environment': {
    fault: 'a health check does not see the variables of its container',
    put: otherChecks((args) => ['env', '-i', 'PATH=/bin', ...args]),
  },
  'never-healthy': {
    fault: 'every health check is told as failed',
    put: otherChecks(() => ['false']),
  },
  'always-healthy': {
    fault: 'every health check is told as passed',
    put: otherChecks(() => ['true']),
  },
  'check-output-cut': {
    fault: 'of what a health check writes a line is told',
    put: otherChecks((args) => ['sh', '-c', '"$@" | head -n 1', 'sh', ...args]),
  },
  'unhealthy-is-ended': {
    fault: 'a container ends where a health check fails',
    put: together(
      otherChecks((args) => ['sh', '-c', '"$@" || { kill 1; exit 1; }', 'sh', ...args]),
      throughShell('trap "exit 1" TERM; "$@" & wait'),
    ),
  },
  'ignore-start-period': {
    fault: 'failures in the start period count',
    put: otherContainers({ 'monitor.health.startPeriod': null }),
  },
  'healthy-from-the-start': {
    fault: 'a container is told as healthy before a health check has passed',
    put: otherCommand('inspect', (sound) => `${sound} "$@" | sed s/starting/healthy/`),
  },
};

/** Checks the health of containers that have a check by another one. */
function otherChecks(change: (args: readonly string[]) => readonly string[]): Fault {
  return asking(['run'], (request) => {
    const { container } = request as { container: Container };
    const { monitor: { health, ...monitor } = {} } = container;
    if (health?.args === undefined) return request;
    const other = { ...health, args: change(health.args) };
    return { ...request, container: { ...container, monitor: { ...monitor, health: other } } };
  });
}
