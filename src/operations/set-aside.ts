import type { UndoStack } from '../execute/undo.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { deleteContainers } from './delete.ts';
import type { Workplace } from './workplace.ts';

/**
 * Gives the name of a container free for another that comes in its place. It goes when that is there, and has its name
 * again if not. That it is set aside is recorded first, so that whoever finds it under the other name knows why.
 */
export async function setAside(place: Workplace, id: string, aside: string, undo: UndoStack): Promise<void> {
  const { store, settings } = place;
  const { name, spec } = await store.find(id);
  await store.exclusively(id, async () => {
    await store.update(id, (now) => ({ ...now, setAside: true }));
    await store.rename(id, aside);
  });
  undo.push(name, () =>
    store.exclusively(id, async () => {
      await store.rename(id, name);
      await store.update(id, withName);
    }),
  );
  // What was in the volumes of a Job goes with it.
  const how = { force: true, ignoreMissing: true, volumes: spec.kind === 'Job' };
  undo.later(async () => {
    await deleteContainers({ containers: [id], ...how }, settings);
  });
}

/** One that has its name again is as any other. */
function withName({ setAside: _, ...state }: ContainerState): ContainerState {
  return state;
}
