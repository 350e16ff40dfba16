import { dependenciesOf } from '../document/checks/names.ts';
import type { ContainerFile } from '../schema/container-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Change, PlanDocument, PlanStep, Prerequisite } from '../schema/plan.ts';
import type { DocumentImage } from './image-facts.ts';

/** What becomes of a document, before it is known after which others. */
export interface UnorderedDocument extends Pick<PlanDocument, 'kind' | 'name'> {
  value: ContainerFile;
  /** Name of the document that it is one of several containers of. */
  replicaOf?: string | undefined;
  steps: PlanStep[];
  /** Of a Container, and of a Job of one process. */
  container?: ContainerSpec | undefined;
  /** Of an Image. */
  image?: DocumentImage | undefined;
}

/** The same with its place among the others. */
export interface OrderedDocument extends Omit<PlanDocument, 'steps'> {
  steps: PlanStep[];
  container?: ContainerSpec | undefined;
}

/** What is there before any container of a file, in this order, and else the order of the file. */
const firstKinds: readonly ContainerFile['kind'][] = ['Volume', 'Network', 'Image'];

/** Documents of which none comes before one that it depends on; that they do not depend on themselves was checked. */
export function inOrder(documents: readonly UnorderedDocument[]): OrderedDocument[] {
  const containers = documents.filter(({ kind }) => !firstKinds.includes(kind));
  const byName = Map.groupBy(containers, ({ name, replicaOf }) => replicaOf ?? name);
  const exactly = new Map(containers.map((document) => [document.name, document]));
  const others = firstKinds.flatMap((kind) => documents.filter((document) => document.kind === kind));
  const prerequisites = new Map(
    containers.map((document) => [document, prerequisitesOf(document, byName, others)]),
  );
  const ordered = new Set<UnorderedDocument>();
  const waiting = [...containers].reverse();
  // Without calls in calls, which a thousand documents in a row would be too many for.
  for (let document = waiting.at(-1); document !== undefined; document = waiting.at(-1)) {
    const before = (prerequisites.get(document) ?? []).flatMap(({ kind, name }) =>
      firstKinds.includes(kind) ? [] : (exactly.get(name) ?? []),
    );
    const missing = before.filter((one) => !ordered.has(one));
    if (missing.length > 0 && !ordered.has(document)) waiting.push(...missing.reverse());
    else ordered.add(waiting.pop() ?? document);
  }
  return [...others, ...ordered].map((document) => {
    const { kind, name, steps, container } = document;
    const after = prerequisites.get(document) ?? [];
    return { kind, name, change: changeBy(steps), after, steps, container };
  });
}

function prerequisitesOf(
  { value, container }: UnorderedDocument,
  containers: ReadonlyMap<string, readonly UnorderedDocument[]>,
  others: readonly UnorderedDocument[],
): Prerequisite[] {
  const named = new Map<string, Prerequisite>();
  for (const { name, condition } of dependenciesOf(value)) {
    // The container of one replica may be named alone.
    for (const found of containers.get(name) ?? replicaNamed(name, containers))
      if (!named.has(found.name)) {
        const { kind } = found;
        named.set(found.name, { kind, name: found.name, condition: conditionOf(found, condition) });
      }
  }
  const used = container === undefined ? others : others.filter((other) => uses(container, other));
  return [...used.map(({ kind, name }) => ({ kind, name })), ...named.values()];
}

function replicaNamed(
  name: string,
  containers: ReadonlyMap<string, readonly UnorderedDocument[]>,
): readonly UnorderedDocument[] {
  const base = name.replace(/-\d+$/, '');
  return (containers.get(base) ?? []).filter((replica) => replica.name === name);
}

/** What is there before a Job of steps is all, since what it uses is known when its turn has come. */
function uses({ mounts, network, image }: ContainerSpec, other: UnorderedDocument): boolean {
  if (other.kind === 'Volume')
    return mounts.some((mount) => mount.type === 'bind' && mount.volume?.name === other.name);
  if (other.kind === 'Network') return network.networks?.some(({ name }) => name === other.name) === true;
  return image.kind === 'image' && image.id === other.image?.id;
}

function conditionOf(
  { kind, container }: UnorderedDocument,
  condition: string | undefined,
): NonNullable<Prerequisite['condition']> {
  if (kind === 'Job') return 'completed';
  if (condition === 'started' || condition === 'healthy') return condition;
  return container?.monitor.health === undefined ? 'started' : 'healthy';
}

/** What steps come to. */
export function changeBy(steps: readonly PlanStep[]): Change {
  const kinds = new Set(steps.map(({ kind }) => kind));
  if (kinds.size === 0) return 'none';
  if (kinds.has('wait') || kinds.has('step')) return 'run';
  if (kinds.has('stop') && !kinds.has('create')) return 'restart';
  if (kinds.has('update')) return 'update';
  const isReplaced = steps.some((step) => step.kind === 'image' && step.replaces !== undefined);
  if (isReplaced || kinds.has('remove')) return 'replace';
  return kinds.has('start') && !kinds.has('create') ? 'start' : 'create';
}
