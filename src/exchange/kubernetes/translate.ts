import type { SourceDocument } from '../../document/source-document.ts';
import type { ContainerFile } from '../../schema/container-file.ts';
import { type Note, Report } from '../report.ts';
import { claimFor } from './claims.ts';
import { type Claims, Cluster, isRunnable, type KubernetesObject } from './cluster.ts';
import { policyOf, servicesOf } from './network.ts';
import { Source } from './source.ts';
import { workloadOf } from './workload.ts';

export interface Translation {
  objects: KubernetesObject[];
  /** What could not be carried over, or not as it is, in the order of the documents. */
  notes: Note[];
}

/** The objects of Kubernetes that say what documents say, which are checked; relative paths count from `directory`. */
export function translateToKubernetes(
  documents: readonly SourceDocument[],
  directory: string,
  claims: Claims,
): Translation {
  const report = new Report();
  const cluster = new Cluster(documents, directory, claims);
  const sources = documents.map((document) => ({
    value: document.value,
    source: new Source(document, report),
  }));
  const objects = sources.flatMap(({ value, source }) => objectsOf(value, source, cluster));
  for (const { source } of sources) source.tellRest();
  const isClaim = ({ kind }: KubernetesObject) => kind === 'PersistentVolumeClaim';
  return {
    objects: [
      ...objects.filter(isClaim),
      ...cluster.undeclared.map((name) => claimFor({ name }, cluster)),
      ...objects.filter((object) => !isClaim(object)),
    ],
    notes: sorted(report.notes, documents),
  };
}

function objectsOf(value: ContainerFile, source: Source, cluster: Cluster): KubernetesObject[] {
  const called = `${value.kind} "${value.metadata.name}"`;
  if (isRunnable(value))
    return [
      workloadOf(value, source, cluster),
      ...policyOf(value, source, cluster),
      ...servicesOf(value, source, cluster),
    ];
  if (value.kind === 'Volume') {
    if (value.size === undefined && cluster.claims.isGuess)
      source.note('metadata.name', `its claim asks for ${cluster.claims.size}, as it has no size`);
    const { labels, size } = value;
    const fields = { name: value.metadata.name, ...(labels && { labels }) };
    return [claimFor({ ...fields, size: source.take('size', size) }, cluster, source)];
  }
  if (value.kind === 'Network')
    source.note(
      '',
      `${called}: all Pods of a cluster reach one another, unless a NetworkPolicy says otherwise`,
    );
  else if (value.kind === 'Image')
    source.note('', `${called}: a cluster makes no images, its nodes pull them: push it to a registry`);
  else source.note('', `${called}: steps have no counterpart, it is left out`);
  return [];
}

function sorted(notes: readonly Note[], documents: readonly SourceDocument[]): Note[] {
  const files = documents.map(({ file }) => file);
  return notes.toSorted(
    (left, right) =>
      files.indexOf(left.file) - files.indexOf(right.file) ||
      left.line - right.line ||
      left.column - right.column,
  );
}
