import { readFileSync } from 'node:fs';
import { defaultMaskedPaths, defaultReadOnlyPaths } from '../../linux/masks.ts';
import { withValueAt } from '../value-path.ts';
import {
  asking,
  type Fault,
  otherCommand,
  otherContainers,
  otherMounts,
  otherOutput,
  sharing,
  throughShell,
} from './fault.ts';
import type { Mutants } from './mutant.ts';

interface Security {
  capabilities?: { drop?: readonly string[] };
  secrets?: readonly object[];
}

/** Makes containers whose security is another. */
function otherSecurity(change: (security: Security) => Security): Fault {
  return asking(['run'], (request) => {
    const { container } = request as { container: { security?: Security } };
    const { security } = container;
    return security === undefined
      ? request
      : { ...request, container: { ...container, security: change(security) } };
  });
}

/** What a container sees of the machine, and may do there. */
export const confinement: Mutants = {
  'ignore-readonly-root': {
    fault: 'a read-only root filesystem can be written to',
    put: otherContainers({ 'rootfs.readOnly': false, 'rootfs.writablePaths': null }),
  },
  'ignore-mount-readonly': {
    fault: 'what is mounted read-only can be written to',
    put: otherMounts({ readOnly: false }),
  },
  'ignore-mount-exec': {
    fault: 'programs can be executed on every mount',
    put: otherMounts({ exec: true }),
  },
  'ignore-mounts': {
    fault: 'nothing is mounted',
    put: otherContainers({ mounts: null }),
  },
  'mounts-travel': {
    fault: 'what is mounted on the machine later is mounted in the container too',
    put: otherMounts({ propagation: 'rslave' }),
  },
  'ignore-hostname': {
    fault: 'a container has a host name that nobody has given to it',
    put: otherContainers({ 'network.hostname': 'localhost' }),
  },
  'share-pid-namespace': {
    fault: 'a container sees the processes of the host',
    // Nobody gets into a pid namespace above his own (setns(2)), but can look at it.
    put: sharing('/proc', 'mount --bind /machine /proc'),
  },
  'share-ipc-namespace': {
    fault: 'a container has the message queues of the host',
    put: sharing(
      `/proc/${process.pid}/ns/ipc`,
      'busybox nsenter -i/machine true && exec busybox nsenter -i/machine "$@"',
    ),
  },
  'share-network-namespace': {
    fault: 'a container has the network of the host',
    put: otherContainers({ 'network.mode': 'host', 'namespaces.network': null }),
  },
  'share-cgroup-namespace': {
    fault: 'a container sees the control groups of the host',
    put: otherOutput((text) => text.replace(/^\/$/gm, '/sc/container')),
  },
  'ignore-host-network': {
    fault: 'a container never has the network of the host',
    put: otherContainers({ 'network.mode': null, 'namespaces.network': null }),
  },
  'own-time-namespace': {
    fault: 'a container has clocks of its own that nobody has asked for',
    put: otherContainers({ 'namespaces.time': 'private' }),
  },
  'ignore-clock-offsets': {
    fault: 'the clocks of a container are those of the host',
    put: otherContainers({ 'namespaces.timeOffsets': null }),
  },
  'keep-all-caps': {
    fault: 'a container has every capability',
    put: otherContainers({ 'security.capabilities': { add: ['ALL'] } }),
  },
  'inheritable-capabilities': {
    fault: 'a program has a capability that those which it executes inherit',
    put: throughShell('exec setpriv --inh-caps +chown --ambient-caps +chown "$@"'),
  },
  'all-drops-nothing': {
    fault: 'ALL among the capabilities that are dropped means none',
    put: otherSecurity(({ capabilities: { drop = [], ...more } = {}, ...security }) => ({
      ...security,
      capabilities: { ...more, drop: drop.filter((name) => name !== 'ALL') },
    })),
  },
  'ignore-devices': {
    fault: 'a container has none of the devices that it asks for',
    put: otherContainers({ 'security.devices': null }),
  },
  'secrets-for-everybody': {
    fault: 'every user can read each secret',
    put: otherSecurity(({ secrets = [], ...security }) => ({
      ...security,
      secrets: secrets.map((secret) => ({ ...secret, mode: '0444' })),
    })),
  },
  'drop-seccomp': {
    fault: 'no system call is filtered',
    put: otherContainers({ 'security.seccomp': 'unconfined' }),
  },
  'no-new-privs-off': {
    fault: 'set-user-ID programs give rights',
    put: otherContainers({ 'security.noNewPrivileges': false }),
  },
  'skip-masked-paths': {
    fault: 'nothing of the machine is hidden',
    put: otherContainers({ 'security.maskedPaths': { drop: defaultMaskedPaths } }),
  },
  'skip-readonly-paths': {
    fault: 'settings of the machine can be changed',
    put: otherContainers({ 'security.readOnlyPaths': { drop: defaultReadOnlyPaths } }),
  },
  'ignore-sysctls': {
    fault: 'settings of the kernel are as they were',
    put: otherContainers({ 'security.sysctls': null }),
  },
  'share-user-namespace': {
    fault: 'every container has the users of the host',
    put: otherContainers({ 'security.userNamespace': 'host' }),
  },
  'secrets-in-environment': {
    fault: 'what a secret says is in the environment too',
    put: asking(['run'], (request) => {
      const { container } = request as { container: { security?: { secrets?: { source: string }[] } } };
      const texts = container.security?.secrets?.map(({ source }) => readFileSync(source, 'utf8'));
      return texts === undefined
        ? request
        : withValueAt(request, 'container.environment.SECRETS', texts.join());
    }),
  },
  'unknown-calls-are-denied': {
    fault: 'a call that nobody knows fails with EPERM',
    // The probe writes -38, which is ENOSYS, and how many bytes follow.
    put: otherOutput((text) => text.replaceAll('-38 0', '-1 0')),
  },
  'caller-s-environment': {
    fault: 'the command line gives a container a variable of its caller',
    put: otherCommand('run', (sound) => `shift; exec ${sound} run --env SC_CALLER "$@"`),
  },
};
