import { ScError } from '../../errors/error.ts';
import type { UndoStack } from '../../execute/undo.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { CreateVolumeStep } from '../../schema/plan.ts';
import type { VolumeSpec } from '../../schema/volume-spec.ts';
import type { Rootfs } from '../../storage/driver.ts';
import type { Volumes } from '../../volume/volumes.ts';
import { makeMissingSource } from '../mount-sources.ts';
import type { Workplace } from '../workplace.ts';
import { fillFromImage } from './fill.ts';
import { refuseUsed, type VolumeMount, volumeMounts } from './users.ts';

/**
 * Makes the volumes of a container that are to be made where they are missing, and has those that nobody has mounted yet
 * begin with what its image has. Its record is there already, so that nobody removes them. If it does not start, those
 * that were made for it go again.
 */
export async function provideVolumes(
  place: Workplace,
  container: ContainerSpec,
  rootfs: Rootfs,
  undo: UndoStack,
): Promise<void> {
  const mounts = volumeMounts(container.mounts);
  if (mounts.length === 0) return;
  const volumes = await place.volumes();
  for (const mount of mounts) {
    if (!(await isProvided(place, volumes, container, mount, undo))) continue;
    const { name, copy } = mount.volume;
    const begins = copy && mount.subpath === undefined;
    const fill = begins ? (data: string) => fillFromImage(container, rootfs, mount, data) : undefined;
    await volumes.settle(name, fill);
    makeMissingSource(container.name, mount, undo);
  }
}

/** A step of a plan. What a Job has put into a volume that was made for it stays when a later step fails. */
export async function makePlannedVolume(
  place: Workplace,
  { name, volume, file }: CreateVolumeStep,
  undo: UndoStack,
): Promise<void> {
  const volumes = await place.volumes();
  const whose = { owner: `volume ${name}`, ...(file !== undefined && { file }) };
  await makeVolume(place, volumes, volume, undo, whose);
}

/** Answers whether there is something to mount. */
async function isProvided(
  place: Workplace,
  volumes: Volumes,
  { id, name: owner }: ContainerSpec,
  { volume: { name, anonymous }, target, ifMissing }: VolumeMount,
  undo: UndoStack,
): Promise<boolean> {
  if (volumes.has(name)) return true;
  if (ifMissing === 'create') {
    const spec = { name, anonymous, labels: {} };
    await makeVolume(place, volumes, spec, undo, { owner, container: id });
    return true;
  }
  if (ifMissing === 'skip') return false;
  throw new ScError('SC_START_FAILED', `mount volume "${name}" on "${target}": there is none`, {
    hint: `sc volume create ${name}`,
  });
}

/** Where another makes it in the same moment it is the other's. */
async function makeVolume(
  place: Workplace,
  volumes: Volumes,
  spec: VolumeSpec,
  undo: UndoStack,
  { owner, container, file }: { owner: string; container?: string; file?: string },
): Promise<void> {
  const { name } = spec;
  try {
    await volumes.create(spec, undefined, file);
    await place.store.tell({ type: 'volumeCreated', volume: name });
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_EXISTS' && volumes.has(name)) return;
    throw error;
  }
  undo.push(owner, async () => {
    const refuse = async () => refuseUsed(await place.store.list(), name, container);
    try {
      await volumes.remove(name, refuse);
      await place.store.tell({ type: 'volumeRemoved', volume: name });
    } catch (error) {
      // Somebody else has come to need it.
      if (error instanceof ScError && ['SC_WRONG_STATE', 'SC_NOT_FOUND'].includes(error.code)) return;
      throw error;
    }
  });
}
