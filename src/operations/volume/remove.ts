import type { VolumeRemoveRequest, VolumeRemoveResult } from '../../schema/operations/volume-remove.ts';
import { tryEach } from '../many.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { removeUnused } from './remove-unused.ts';

/** Removes volumes that no container mounts. Each is tried. */
export async function removeVolumes(
  { volumes: names }: VolumeRemoveRequest,
  settings: Settings,
): Promise<VolumeRemoveResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const { containers: volumes, failures } = await tryEach(names, async (name) => {
    await removeUnused(place, name);
    return name;
  });
  return { volumes, failures };
}
