import { faultOf } from '../../errors/fault.ts';
import type { VolumeListRequest, VolumeListResult } from '../../schema/operations/volume-list.ts';
import type { ListedVolume } from '../../schema/operations/volume-many.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import { volumeUsers } from './users.ts';

/** The volumes that are wanted. What cannot be read is always told. */
export async function listVolumes(request: VolumeListRequest, settings: Settings): Promise<VolumeListResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const volumes = await place.volumes();
  const users = volumeUsers(await place.store.list());
  const { volumes: all, broken } = volumes.list();
  const listed = all.map(({ createdAt, spec: { name, anonymous, labels } }) => ({
    name,
    anonymous,
    createdAt,
    path: volumes.data(name),
    labels,
    containers: (users.get(name) ?? []).map((container) => container.name),
  }));
  return {
    volumes: listed.filter((volume) => isWanted(volume, request)),
    broken: broken.map(({ name, error }) => ({ reference: name, error: faultOf(error) })),
  };
}

function isWanted(
  { name, labels, containers }: ListedVolume,
  { names, labels: wanted = [], dangling }: VolumeListRequest,
): boolean {
  return (
    (names === undefined || names.some((part) => name.includes(part))) &&
    (dangling === undefined || dangling === (containers.length === 0)) &&
    wanted.every((label) => {
      const [key = ''] = label.split('=', 1);
      return Object.hasOwn(labels, key) && (key === label || labels[key] === label.slice(key.length + 1));
    })
  );
}
