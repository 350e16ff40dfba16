import { AT_FDCWD, CLONE_NEWNET, O_CLOEXEC, O_RDONLY } from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import { close } from './mount-api.ts';

/** Whether init is born in a network namespace of its own, and not in that of the machine or another container. */
export function hasOwnNetwork({ network }: { network: Pick<ContainerSpec['network'], 'mode'> }): boolean {
  return network.mode === 'none' || network.mode === 'network';
}

/** Whether the keeper mounts sysfs: root of a user namespace of its own has no rights over a network of others. */
export function hasSysOfKeeper(
  container: { security: Pick<ContainerSpec['security'], 'userNamespace'> } & Parameters<
    typeof hasOwnNetwork
  >[0],
): boolean {
  return container.security.userNamespace !== undefined && !hasOwnNetwork(container);
}

/**
 * Between the two calls children are born in the network namespace of another container, of which the keeper has a
 * descriptor. Init could not enter it: that takes rights over that network (setns(2)), which one in a user namespace
 * of its own has not.
 */
export function enterNetworkNamespace(p: ProgramBuilder, namespace: number): () => void {
  const flags = O_RDONLY | O_CLOEXEC;
  const words = 'hold its own network namespace';
  const home = p.call(words, 'openat', AT_FDCWD, p.string('/proc/self/ns/net'), flags);
  p.call('enter the network of the other container', 'setns', namespace, CLONE_NEWNET);
  p.call('leave its descriptor', 'close', namespace);
  return () => {
    p.call('go back to its own network', 'setns', { result: home }, CLONE_NEWNET);
    close(p, home);
  };
}
