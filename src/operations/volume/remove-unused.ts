import { ScError } from '../../errors/error.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import type { Workplace } from '../workplace.ts';
import { refuseUsed, volumeMounts } from './users.ts';

/** Throws SC_WRONG_STATE where another container than the one with the ID `except` mounts it. */
export async function removeUnused(place: Workplace, name: string, except?: string): Promise<void> {
  const volumes = await place.volumes();
  await volumes.remove(name, async () => refuseUsed(await place.store.list(), name, except));
  await place.store.tell({ type: 'volumeRemoved', volume: name });
}

/** Removes what a container that goes has for itself. What another mounts too stays for that one. */
export async function removeAnonymous(place: Workplace, { id, spec }: ContainerState): Promise<void> {
  for (const { volume } of volumeMounts(spec.mounts)) {
    if (!volume.anonymous) continue;
    await removeUnused(place, volume.name, id).catch((error) => {
      // A record that cannot be read may be of one that mounts it: then it stays until it is pruned.
      if (!(error instanceof ScError) || error.code === 'SC_STORAGE_FAILED') throw error;
    });
  }
}
