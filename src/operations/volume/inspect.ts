import type { VolumeInspectRequest, VolumeInspectResult } from '../../schema/operations/volume-inspect.ts';
import { usageOf } from '../../storage/usage.ts';
import { Snapshots } from '../../volume/snapshots.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { volumeUsers } from './users.ts';

/** All that is known of a volume. Throws SC_NOT_FOUND, SC_STATE_CORRUPT and SC_STATE_NEWER. */
export async function inspectVolume(
  { volume: name }: VolumeInspectRequest,
  settings: Settings,
): Promise<VolumeInspectResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const volumes = await place.volumes();
  const record = volumes.find(name);
  const users = volumeUsers(await place.store.list()).get(name) ?? [];
  const path = volumes.data(name);
  return {
    record,
    path,
    usage: usageOf(path),
    containers: users.map(({ id, name, status }) => ({ id, name, status })),
    snapshots: new Snapshots(settings.root, volumes, name).list(),
  };
}
