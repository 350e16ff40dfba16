import { parseOwner } from '../../document/owner.ts';
import type { VolumeCreateRequest, VolumeCreateResult } from '../../schema/operations/volume-create.ts';
import { newId } from '../../state/id.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';

/** Makes a volume. Throws SC_EXISTS, SC_USAGE and SC_STORAGE_FAILED. */
export async function createVolume(
  { name, labels = {}, owner, mode }: VolumeCreateRequest,
  settings: Settings,
): Promise<VolumeCreateResult> {
  const place = await openWorkplace(settings);
  const volumes = await place.volumes();
  const spec = {
    name: name ?? newId(),
    anonymous: name === undefined,
    labels,
    ...(owner !== undefined && { owner: parseOwner(owner) }),
    ...(mode !== undefined && { mode: Number.parseInt(mode, 8) }),
  };
  await volumes.create(spec);
  await place.store.tell({ type: 'volumeCreated', volume: spec.name });
  return { name: spec.name, path: volumes.data(spec.name) };
}
