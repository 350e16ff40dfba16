import { existsSync } from 'node:fs';
import { during } from '../errors/reason.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Catalogue } from './catalogue.ts';
import { locked } from './record-lock.ts';
import { type Abandoned, runnersOf } from './unsettled.ts';

/** Containers with which something was left to do by a process that is no more; see Store.abandoned. */
export async function abandonedOf(catalogue: Catalogue): Promise<Abandoned[]> {
  const { containers, overview } = catalogue;
  if (!existsSync(containers)) return [];
  if (!overview.isWhole()) {
    await during('SC_SYSTEM_CALL', `look over "${containers}"`, () =>
      locked(containers, () => catalogue.completeOverview()),
    );
  }
  return overview.unsettled.abandoned();
}

/** The record of one of them; undefined, and it is none any more, where nothing is left to do. */
export async function recall(
  catalogue: Catalogue,
  abandoned: Abandoned,
): Promise<ContainerState | undefined> {
  const { id, runner } = abandoned;
  const state = catalogue.readable(id);
  if (state !== undefined && runnersOf(state).has(runner)) return state;
  // Deleting it is what is left to do with a container whose record is broken.
  if (state === undefined && catalogue.has(id)) return undefined;
  // It may have been on its way in, with a name already.
  if (state === undefined) await locked(catalogue.containers, () => catalogue.clear());
  catalogue.overview.unsettled.forget(abandoned);
  return undefined;
}
