import type { VolumeSnapshotRequest, VolumeSnapshotResult } from '../../schema/operations/volume-snapshot.ts';
import { Snapshots } from '../../volume/snapshots.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace, type Workplace } from '../workplace.ts';
import { withUsersAlone, withUsersStill } from './still.ts';

/**
 * Keeps what a volume holds now under a name, while the containers that can write to it stand still. Throws SC_EXISTS,
 * SC_NOT_FOUND, SC_USAGE and SC_STORAGE_FAILED.
 */
export async function snapshotVolume(
  { volume, snapshot = newSnapshotName() }: VolumeSnapshotRequest,
  settings: Settings,
): Promise<VolumeSnapshotResult> {
  const { place, snapshots } = await snapshotsOf(volume, settings);
  await withUsersStill(place, volume, () => snapshots.take(snapshot));
  return { volume, snapshot };
}

/** Has a volume hold what it held then. Throws SC_WRONG_STATE where a container that runs mounts it, and as above. */
export async function restoreVolume(
  { volume, snapshot }: Required<VolumeSnapshotRequest>,
  settings: Settings,
): Promise<VolumeSnapshotResult> {
  const { place, snapshots } = await snapshotsOf(volume, settings);
  await withUsersAlone(place, volume, `restore volume "${volume}"`, (check) =>
    snapshots.restore(snapshot, check),
  );
  return { volume, snapshot };
}

/** Removes a snapshot of a volume, which stays as it is. */
export async function removeSnapshot(
  { volume, snapshot }: Required<VolumeSnapshotRequest>,
  settings: Settings,
): Promise<VolumeSnapshotResult> {
  const { snapshots } = await snapshotsOf(volume, settings);
  await snapshots.remove(snapshot);
  return { volume, snapshot };
}

async function snapshotsOf(
  volume: string,
  settings: Settings,
): Promise<{ place: Workplace; snapshots: Snapshots }> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const volumes = await place.volumes();
  volumes.find(volume);
  return { place, snapshots: new Snapshots(settings.root, volumes, volume) };
}

/** As names of files have times: 20240501T120000.123Z. */
export function newSnapshotName(): string {
  return new Date().toISOString().replace(/[-:]/g, '');
}
