import { filled } from '../filled.ts';
import type { Cluster, KubernetesObject, Runnable } from './cluster.ts';
import { metadataOf, NAME_LABEL } from './metadata.ts';
import { podOf } from './pod.ts';
import { secondsOf } from './quantity.ts';
import type { Source } from './source.ts';

type Policy = NonNullable<NonNullable<NonNullable<Runnable['monitor']>['restart']>['policy']>;

/** A Job, a Pod, or a Deployment where there are replicas or what has ended is always started again. */
export function workloadOf(value: Runnable, source: Source, cluster: Cluster): KubernetesObject {
  const name = cluster.nameOf(value.metadata.name);
  if (name !== value.metadata.name) source.note('metadata.name', `it is called "${name}" there`);
  const { labels, annotations } = metadataOf(value.labels, source);
  const about = { labels: { ...labels, [NAME_LABEL]: name }, ...filled({ annotations }) };
  const metadata = { name, ...about };
  const pod = podOf(value, source, cluster);
  const policy = source.take('monitor.restart.policy', value.monitor?.restart?.policy) ?? 'never';
  const restart = (restartPolicy: string) => ({ restartPolicy, ...pod });
  const timeout = value.monitor?.timeout;
  const deadline = () =>
    timeout === undefined ? {} : { activeDeadlineSeconds: secondsOf('monitor.timeout', timeout, source, 1) };

  if (value.kind === 'Job') {
    const spec = { ...retriesOf(value, policy, source), ...deadline() };
    const template = { metadata: about, spec: restart(policy === 'on-failure' ? 'OnFailure' : 'Never') };
    return { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { ...spec, template } };
  }
  const { replicas } = value;
  if (replicas === undefined && (policy === 'never' || policy === 'on-failure')) {
    const spec = { ...restart(policy === 'never' ? 'Never' : 'OnFailure'), ...deadline() };
    return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
  }
  if (policy === 'never' || policy === 'on-failure')
    source.note('replicas', 'a Deployment starts again whatever has ended');
  if (timeout !== undefined) source.note('monitor.timeout', 'the Pods of a Deployment have no time');
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: source.take('replicas', replicas) ?? 1,
      selector: { matchLabels: { [NAME_LABEL]: name } },
      // As apply does it: a volume is let go before another Pod has it.
      ...(hasClaims(value) && { strategy: { type: 'Recreate' } }),
      template: { metadata: about, spec: restart('Always') },
    },
  };
}

/** As often as can be said: without a word it would be 6 times. */
const ALWAYS = 2 ** 31 - 1;

/** A Job of sc runs once, unless it says that it is tried again. */
function retriesOf({ monitor }: Runnable, policy: Policy, source: Source): object {
  if (policy !== 'on-failure') return { backoffLimit: 0 };
  return { backoffLimit: source.take('monitor.restart.maxRetries', monitor?.restart?.maxRetries) ?? ALWAYS };
}

function hasClaims({ mounts = [] }: Runnable): boolean {
  return mounts.some(({ volume }) => typeof volume === 'string');
}
