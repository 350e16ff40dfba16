import type { SourceDocument } from '../document/source-document.ts';
import type { AppliedContainer } from '../schema/applied-file.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Drift, Orphan, PlanStep } from '../schema/plan.ts';
import { asideName } from './aside.ts';
import { changesBetween } from './differences.ts';
import type { ImageFacts } from './image-facts.ts';
import type { OrderedDocument } from './order.ts';
import type { OwnedThing } from './owned-things.ts';
import { isRunnable } from './runnable.ts';

/** A container of a file, as it is now where it is there. */
export interface OwnedContainer extends AppliedContainer {
  /** Absolute path of the file. */
  file: string;
  state: ContainerState | undefined;
}

/** Which containers are of files. */
export interface Owned {
  /** Of whatever file. */
  ids: ReadonlySet<string>;
  /** Of those that are planned, and of what was in their directory where that is. */
  containers: readonly OwnedContainer[];
  /** Of the same files. */
  things: readonly OwnedThing[];
}

/** What a file has made and does not name any more: to be removed, or only told. */
export function orphansOf(
  documents: readonly SourceDocument[],
  { containers }: Owned,
  prune: boolean,
): { removed: OrderedDocument[]; left: Orphan[] } {
  const names = new Set(documents.flatMap(({ value }) => (isRunnable(value) ? [value.metadata.name] : [])));
  const removed: OrderedDocument[] = [];
  const left: Orphan[] = [];
  for (const container of containers) {
    const { state, file } = container;
    if (state === undefined || names.has(state.name)) continue;
    // What a killed apply has set aside goes with who has come in its place.
    if (state.setAside && [...names].some((name) => asideName(name) === state.name)) continue;
    if (prune || isSurplus(container, documents)) removed.push(removal(state));
    else left.push({ kind: state.spec.kind, id: state.id, name: state.name, file });
  }
  return { removed, left };
}

/** One of more replicas than the file says now. */
function isSurplus({ document, state }: OwnedContainer, documents: readonly SourceDocument[]): boolean {
  const isNamed = documents.some(({ value, replicaOf }) => (replicaOf ?? value.metadata.name) === document);
  const after = state?.name.startsWith(document) ? state.name.slice(document.length) : undefined;
  return isNamed && after !== undefined && /^(-[1-9]\d*)?$/.test(after);
}

function removal({ id, name, status, restarts, spec: { kind } }: ContainerState): OrderedDocument {
  const reason = 'the file does not name it any more';
  const isUp = (status !== 'stopped' && status !== 'created') || restarts?.nextAt !== undefined;
  const steps: PlanStep[] = [
    ...(isUp ? [{ kind: 'stop' as const, id, name, reason }] : []),
    { kind: 'remove', id, name, aside: asideName(name), reason },
  ];
  return { kind, name, change: 'remove', after: [], steps };
}

/** What somebody has changed since a file was applied. */
export function driftOf(
  { containers }: Owned,
  images: ReadonlyMap<string, ImageFacts>,
  taken: ReadonlySet<string>,
): Drift[] {
  return containers.flatMap((container): Drift[] => {
    const { name, state, applied } = container;
    if (state === undefined) return [{ name, what: 'deleted' }];
    const { kind, resources, monitor, labels, image } = state.spec;
    const now = { resources, monitor: { restart: monitor.restart }, labels };
    const { restart, ...then } = applied ?? { resources, restart: monitor.restart, labels };
    const changes = changesBetween({ ...then, monitor: { restart } }, now, '');
    const isDown = kind === 'Container' && state.status !== 'running' && state.status !== 'paused';
    const found = image.kind === 'image' ? images.get(image.name)?.source : undefined;
    const isOther = image.kind === 'image' && found !== undefined && found.id !== image.id;
    return [
      ...(state.name === name
        ? []
        : [
            {
              name,
              what: 'renamed' as const,
              changes: [{ path: 'metadata.name', before: name, after: state.name }],
            },
          ]),
      ...(isDown ? [{ name, what: 'stopped' as const }] : []),
      ...(changes.length === 0 ? [] : [{ name, what: 'changed' as const, changes }]),
      // What the file itself takes in is no surprise.
      ...(isOther && !taken.has(found.id)
        ? [{ name, what: 'image' as const, changes: [{ path: 'image', before: image.id, after: found.id }] }]
        : []),
    ];
  });
}
