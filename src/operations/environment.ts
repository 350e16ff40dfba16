import type { Identity } from '../backend/backend.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The whole environment of a container, `NAME=value`: what every container has, then what its file and
 * command line say, where null takes a variable away. Nothing of the host's own is among it.
 */
export function containerEnvironment(container: ContainerSpec, identity: Identity): string[] {
  const variables = new Map<string, string>([
    ['PATH', PATH],
    ['HOME', identity.home],
    ['HOSTNAME', container.network.hostname],
  ]);
  if (container.terminal.tty) variables.set('TERM', 'xterm');
  for (const [name, value] of Object.entries(container.environment)) {
    if (value === null) variables.delete(name);
    else variables.set(name, value);
  }
  return [...variables].map(([name, value]) => `${name}=${value}`);
}
