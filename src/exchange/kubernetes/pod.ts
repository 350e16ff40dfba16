import { filled } from '../filled.ts';
import type { Cluster, Runnable } from './cluster.ts';
import { containerOf } from './container.ts';
import { namesOf } from './network.ts';
import { secondsOf } from './quantity.ts';
import { podSecurityOf } from './security.ts';
import type { Source } from './source.ts';
import { storageOf } from './storage.ts';

/**
 * The specification of a Pod but for its restarts. What a container of a file does not have it does not get: neither
 * credentials for the cluster nor a variable for each Service.
 */
export function podOf(value: Runnable, source: Source, cluster: Cluster): object {
  const { volumes, volumeMounts } = storageOf(value, source, cluster);
  const grace = value.signals?.stopTimeout;
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...filled({
      ...namesOf(value, source),
      ...sharedOf(value, source),
      shareProcessNamespace: source.take('monitor.init', value.monitor?.init) || undefined,
      terminationGracePeriodSeconds: grace === undefined ? undefined : graceOf(grace, source),
      securityContext: podSecurityOf(value, source),
    }),
    containers: [containerOf(value, volumeMounts, source, cluster)],
    ...filled({ volumes }),
  };
}

function graceOf(timeout: string, source: Source): number | undefined {
  if (timeout !== 'forever') return secondsOf('signals.stopTimeout', timeout, source);
  source.note('signals.stopTimeout', 'nobody waits for ever: it is 30 s');
  return undefined;
}

/** What a Pod has of its node, or nothing; a namespace of another container is one of the same Pod. */
function sharedOf({ namespaces = {}, network, security }: Runnable, source: Source): object {
  const isHost = (key: 'pid' | 'ipc') => {
    const path = `namespaces.${key}`;
    const namespace = namespaces[key];
    if (namespace === 'host' || namespace === 'private') return source.take(path, namespace) === 'host';
    if (namespace !== undefined)
      source.note(path, 'who shares namespaces is in one Pod: make one of both by hand');
    return false;
  };
  for (const key of ['mount', 'uts', 'network', 'cgroup'] as const)
    if (namespaces[key] === 'private') source.take(`namespaces.${key}`, 'private');
  if (namespaces.time === 'host') source.take('namespaces.time', 'host');
  const isOnHost = network?.mode === 'host' || namespaces.network === 'host';
  if (namespaces.network === 'host') source.take('namespaces.network', 'host');
  return {
    hostNetwork: isOnHost || undefined,
    hostPID: isHost('pid') || undefined,
    hostIPC: isHost('ipc') || undefined,
    hostUsers: hasOwnUsers(security?.userNamespace, source) ? false : undefined,
  };
}

type UserNamespace = NonNullable<NonNullable<Runnable['security']>['userNamespace']>;

/** Only where it is demanded: not each node can do it. */
function hasOwnUsers(namespace: UserNamespace | undefined, source: Source): boolean {
  const path = 'security.userNamespace';
  if (typeof namespace === 'object') source.note(path, 'the node chooses the maps');
  else source.take(path, namespace);
  return typeof namespace === 'object' || namespace === 'private';
}
