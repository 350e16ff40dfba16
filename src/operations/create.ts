import { ScError } from '../errors/error.ts';
import type { UndoStack } from '../execute/undo.ts';
import { bootId } from '../linux/boot.ts';
import { capabilityNames } from '../linux/capabilities.ts';
import { isErrno } from '../linux/descriptor.ts';
import { effectiveCapabilities } from '../linux/kernel.ts';
import { processReference } from '../linux/process.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState, Endpoint } from '../schema/container-state.ts';
import { durabilityOf } from '../state/durability.ts';
import type { Rootfs } from '../storage/driver.ts';
import { baseOf } from './base.ts';
import { namesOf } from './container-network.ts';
import { type Preparation, prepare } from './launch.ts';
import { makeMissingSources } from './mount-sources.ts';
import type { Workplace } from './workplace.ts';

/**
 * Makes a container that is not started yet. The record comes before anything that it names, so that whoever
 * finds it can clean up.
 */
export async function createContainer(
  place: Workplace,
  container: ContainerSpec,
  undo: UndoStack,
  { detached = false } = {},
): Promise<{ state: ContainerState; request: Preparation }> {
  const { store, settings } = place;
  const { id, name } = container;
  const made: ContainerState = {
    version: 1,
    id,
    name,
    status: 'creating',
    backend: settings.backend,
    storageDriver: settings.storageDriver,
    bootId: bootId(),
    runner: processReference(process.pid),
    ...(detached && { detached }),
    createdAt: new Date().toISOString(),
    spec: container,
  };
  const storage = await place.storage();
  const state = await record(place, made);
  undo.push(name, () => store.remove(id));
  const { endpoints } = state;
  if (endpoints !== undefined) undo.push(name, () => release(place, container, endpoints));
  // First, since a driver that fails half-way may leave what it could not take back itself.
  undo.push(name, () => storage.remove(id));
  makeMissingSources(container, undo);
  if (container.image.kind === 'image') await provideImage(place, container.image);
  const rootfs = await storage.prepare(id, baseOf(container.image));
  await provideVolumes(place, container, rootfs, undo);
  return {
    state,
    request: prepare(container, rootfs, await namesOf(place, container, endpoints), endpoints),
  };
}

/** Records a container, with its places in networks where it has some. */
async function record(place: Workplace, made: ContainerState): Promise<ContainerState> {
  const { store } = place;
  const create = async (state: ContainerState) => {
    await store.create(state, durabilityOf(state.spec));
    return state;
  };
  if (made.spec.network.mode !== 'network') return create(made);
  const { withEndpoints } = await import('./endpoints.ts');
  return withEndpoints(place, made.spec, (endpoints) => create({ ...made, endpoints }));
}

async function release(
  place: Workplace,
  container: ContainerSpec,
  endpoints: readonly Endpoint[],
): Promise<void> {
  const { releaseEndpoints } = await import('./endpoints.ts');
  await releaseEndpoints(place, container, endpoints);
}

/** Loaded only by who needs it. */
async function provideVolumes(place: Workplace, container: ContainerSpec, rootfs: Rootfs, undo: UndoStack) {
  if (!container.mounts.some((mount) => mount.type === 'bind' && mount.volume !== undefined)) return;
  const { provideVolumes } = await import('./volume/provide.ts');
  await provideVolumes(place, container, rootfs, undo);
}

/** Loaded only by who needs it. */
async function provideImage(place: Workplace, image: Extract<ContainerSpec['image'], { kind: 'image' }>) {
  const storage = await place.layered();
  if (storage.hasLayer(image.layers)) return;
  const { provideLayers } = await import('./image/provide-layers.ts');
  const images = await place.images();
  await images.hold(() => provideLayers(storage, images.find(image.id).image, images));
}

/** Every backend needs it, and without it the errors on the way say little. */
export function refuseWithoutPower(name: string): void {
  if (capabilityNames(effectiveCapabilities()).includes('CAP_SYS_ADMIN')) return;
  throw new ScError('SC_HOST_UNFIT', `start container "${name}": sc has no CAP_SYS_ADMIN`, {
    errno: 'EPERM',
    hint: 'run sc as root\nsc doctor tells what else is missing',
  });
}

/** A short container may have ended before it can be named. */
export function referenceOf(key: 'keeper' | 'init', pid: number): Partial<ContainerState> {
  try {
    return { [key]: processReference(pid) };
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return {};
    throw error;
  }
}
