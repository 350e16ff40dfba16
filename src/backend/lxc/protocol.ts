import type { ContainerSpec } from '../../schema/container-spec.ts';
import { smallInitSources } from '../native/protocol.ts';
import { hasSysOfKeeper } from '../native/render/network-namespace.ts';

// Who speaks with whom while lxc-start makes a container. All else is as in native/protocol.ts: lxc-start takes the
// place of the keeper's clone3, and the container's first process walks init's list of native from its birth on.
//
//    keeper                                  lxc-start -F                init (pid 1 of the container)
//       |-- clone, execve ------------------->| 3 to 7: below              |
//       |                                     | makes the control groups   |
//       |                                     |-- clone ------------------>| execve(/proc/self/fd/4)
//       |<-- its pidfd (5: socket; the kernel says by SCM_CREDENTIALS which number it has) ---|
//       |-- pipe for errors, standard streams, what a small init takes ---------------------->|
//       |<-- its namespaces, where it has users of its own -----------------------------------|
//       |-- mounts that take the rights of the host ----------------------------------------->|
//       |<-- terminal's master ---------------------------------------------------------------|
//       |<-- ready, or failed(step) (pipe, closed by exec) -----------------------------------| execve
//       |                                     |                            |
//       |<-- exit (pidfd) ----------------------------------------------------------------- --|
//       | notes who was out of memory         | reaps it, and its hook waits: the control groups stay
//       |-- SIGKILL ------------------------->|
//       | asks the pidfd how init has ended, and removes the control groups of both
//
// lxc-start holds no stream of the container and not the pipe for errors: so a pipe breaks when the program closes it,
// and closes when it is executed.

/** What lxc-start is given, and init inherits from it under the same numbers. */
export const lxcDescriptors = {
  /** The list that the stage walks; it closes it. */
  program: 3,
  /** A sealed memfd: what lxc-start executes as init. */
  stage: 4,
  /** Socket to the keeper. */
  keeper: 5,
  /** Read end of a pipe, which has another end from the birth of init until lxc-start is gone. */
  hook: 6,
  /** The network namespace of the host or another container, where init is to be in it. */
  network: 7,
} as const;

/** Descriptors of the keeper behind those that it is given anyway, up to `last`. */
export function givenSources(
  last: number,
  { monitor, network }: Pick<ContainerSpec, 'monitor' | 'network'>,
): { stage: number; program: number; network: number; last: number } {
  const program = last + 2;
  const afterInit = monitor.init ? smallInitSources(program).program : program;
  const joins = network.mode === 'container';
  return { stage: last + 1, program, network: afterInit + 1, last: joins ? afterInit + 1 : afterInit };
}

/** lxc.init.cmd: there is a /proc. */
export const INIT_COMMAND = `/proc/self/fd/${lxcDescriptors.stage}`;

/** lxc.namespace.share.net */
export const NETWORK = `/proc/self/fd/${lxcDescriptors.network}`;

/** lxc.hook.stop: it runs when init is reaped, before the control groups are removed. */
export const HOOK_COMMAND = `/bin/cat /proc/self/fd/${lxcDescriptors.hook}`;

/** How many descriptors init is handed by the keeper. */
export function handedCount(container: ContainerSpec): number {
  return 4 + (container.monitor.init ? 3 : 0) + (hasSysOfKeeper(container) ? 1 : 0);
}
