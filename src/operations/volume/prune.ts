import { ScError } from '../../errors/error.ts';
import type { VolumePruneRequest, VolumePruneResult } from '../../schema/operations/volume-prune.ts';
import { usageOf } from '../../storage/usage.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { removeUnused } from './remove-unused.ts';
import { certainUsers } from './users.ts';

/** Removes volumes without a name that no container mounts, with `all` those with a name too. */
export async function pruneVolumes(
  { all = false }: VolumePruneRequest,
  settings: Settings,
): Promise<VolumePruneResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const volumes = await place.volumes();
  const users = certainUsers(await place.store.list());
  const unused = volumes
    .list()
    .volumes.filter(({ spec }) => (all || spec.anonymous) && !users.has(spec.name));
  const result: VolumePruneResult = { volumes: [], reclaimed: 0 };
  for (const { name } of unused.map(({ spec }) => spec)) {
    const { bytes } = usageOf(volumes.directory(name));
    if (!(await isRemoved(() => removeUnused(place, name)))) continue;
    result.volumes.push(name);
    result.reclaimed += bytes;
  }
  return result;
}

/** Not where somebody has come to need it meanwhile, or has removed it. */
async function isRemoved(remove: () => Promise<void>): Promise<boolean> {
  try {
    await remove();
    return true;
  } catch (error) {
    if (error instanceof ScError && ['SC_WRONG_STATE', 'SC_NOT_FOUND'].includes(error.code)) return false;
    throw error;
  }
}
