import type { Orphan, PlanStep } from '../schema/plan.ts';
import type { OrderedDocument } from './order.ts';

/** What the files have made beside containers, and no document makes or uses any more. */
export interface OwnedThing {
  kind: 'Network' | 'Volume' | 'Image';
  /** Of an Image its full name. */
  name: string;
  /** Absolute path of the file. */
  file: string;
  /** IDs of the containers that are attached to it, mount it or stand on it now. */
  users: readonly string[];
}

interface Removals {
  prune: boolean;
  /** Whether volumes go too, with all that is in them. */
  volumes: boolean;
  /** Of containers that the files do not name any more: those that stay. */
  left: readonly Orphan[];
}

/**
 * Those of these that no container uses once these documents are done: to be removed then, or only told. One that
 * somebody else uses is left alone.
 */
export function orphanThings(
  things: readonly OwnedThing[],
  documents: readonly OrderedDocument[],
  { prune, volumes, left }: Removals,
): { removed: OrderedDocument[]; left: Orphan[] } {
  const leaving = new Map(
    documents.flatMap((document) =>
      document.steps.flatMap((step) => (step.kind === 'remove' ? [[step.id, document] as const] : [])),
    ),
  );
  const isLeaving = (id: string) => leaving.has(id) || left.some((orphan) => orphan.id === id);
  const unused = things.filter(({ users }) => users.every(isLeaving));
  const goes = ({ kind }: OwnedThing) => prune && (volumes || kind !== 'Volume');
  const removed = unused.filter(goes).map((thing): OrderedDocument => {
    const { kind, name, users } = thing;
    const after = users.flatMap((id) => leaving.get(id) ?? []).map(({ kind, name }) => ({ kind, name }));
    return { kind, name, change: 'remove', after, steps: [removal(thing)] };
  });
  const staying = unused.filter((thing) => !goes(thing));
  return { removed, left: staying.map(({ kind, name, file }) => ({ kind, name, file })) };
}

function removal({ kind, name }: OwnedThing): PlanStep {
  const words = 'no document names it any more, and ';
  if (kind === 'Network') return { kind: 'removeNetwork', name, reason: `${words}nobody is attached to it` };
  if (kind === 'Volume') return { kind: 'removeVolume', name, reason: `${words}no container mounts it` };
  return { kind: 'removeImage', name, reason: `${words}no container stands on it` };
}

/** What an orphan that stays is told with. */
export function orphanWords({ kind, name }: Orphan): string {
  const removes =
    kind === 'Volume' ? '--prune --volumes removes it with all that is in it' : '--prune removes it';
  return `"${name}" is not in the file any more; ${removes}`;
}
