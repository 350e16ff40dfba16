import { filled } from '../filled.ts';
import type { Cluster, KubernetesObject } from './cluster.ts';
import { metadataOf } from './metadata.ts';
import { quantityOf } from './quantity.ts';
import type { Source } from './source.ts';

interface Claimed {
  name: string;
  labels?: { [name: string]: string };
  size?: string | undefined;
}

/** What is mounted by several Pods has to be there on several nodes. */
export function claimFor(
  { name, labels, size }: Claimed,
  cluster: Cluster,
  source?: Source,
): KubernetesObject {
  const called = cluster.claimOf(name);
  if (called !== name) source?.note('metadata.name', `it is called "${called}" there`);
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: called, ...filled(source === undefined ? {} : metadataOf(labels, source)) },
    spec: {
      accessModes: [cluster.isShared(name) ? 'ReadWriteMany' : 'ReadWriteOnce'],
      resources: { requests: { storage: quantityOf(size ?? cluster.claims.size) } },
    },
  };
}
