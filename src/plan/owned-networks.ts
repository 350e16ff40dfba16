import type { Orphan } from '../schema/plan.ts';
import type { OrderedDocument } from './order.ts';

/** A network that the files have made, and that no document makes or is attached to any more. */
export interface OwnedNetwork {
  name: string;
  /** Absolute path of the file. */
  file: string;
  /** IDs of the containers that are attached to it now. */
  users: readonly string[];
}

/**
 * Networks to which nobody is attached once these documents are done: to be removed then, or only told. One to which
 * somebody else is attached is left alone.
 */
export function orphanNetworks(
  networks: readonly OwnedNetwork[],
  documents: readonly OrderedDocument[],
  { prune, left }: { prune: boolean; left: readonly Orphan[] },
): { removed: OrderedDocument[]; left: Orphan[] } {
  const leaving = new Map(
    documents.flatMap((document) =>
      document.steps.flatMap((step) => (step.kind === 'remove' ? [[step.id, document] as const] : [])),
    ),
  );
  const isLeaving = (id: string) => leaving.has(id) || left.some((orphan) => orphan.id === id);
  const unused = networks.filter(({ users }) => users.every(isLeaving));
  if (!prune) return { removed: [], left: unused.map(({ name, file }) => ({ kind: 'Network', name, file })) };
  const removed = unused.map(({ name, users }): OrderedDocument => {
    const after = users.flatMap((id) => leaving.get(id) ?? []).map(({ kind, name }) => ({ kind, name }));
    const reason = 'no document names it any more, and nobody is attached to it';
    return {
      kind: 'Network',
      name,
      change: 'remove',
      after,
      steps: [{ kind: 'removeNetwork', name, reason }],
    };
  });
  return { removed, left: [] };
}
