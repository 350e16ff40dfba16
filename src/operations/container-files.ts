import { ScError } from '../errors/error.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Changes, Differing, Layered, Rootfs } from '../storage/driver.ts';
import type { OpenStorage } from '../storage/registry.ts';
import { type Stack, stacksOf } from '../storage/stack.ts';
import { withView } from '../storage/view.ts';
import { baseOf } from './base.ts';
import type { Workplace } from './workplace.ts';

/** A mount of its own where there are secrets. */
const SECRETS = '/run/secrets';

/** What is seen of a container or an image. */
export interface Seen {
  stacks: Stack[];
  /** Of a container: where something else is mounted, which is no part of it. */
  mountPoints?: string[];
}

/** A container by its name, its ID or the beginning of one; undefined where there is none. Throws SC_AMBIGUOUS and SC_STATE_*. */
export async function findContainer(
  place: Workplace,
  reference: string,
): Promise<ContainerState | undefined> {
  try {
    return await place.store.find(reference);
  } catch (error) {
    if (error instanceof ScError && (error.code === 'SC_NOT_FOUND' || error.code === 'SC_USAGE'))
      return undefined;
    throw error;
  }
}

export async function lookAtContainer(place: Workplace, state: ContainerState): Promise<Seen> {
  const { rootfs } = await rootfsOf(place, state);
  return { stacks: stacksOf(rootfs), mountPoints: mountPointsOf(state) };
}

/** What a container stands on, as it is seen there. */
export async function lookBelowContainer(place: Workplace, state: ContainerState): Promise<Stack[]> {
  const { image } = state.spec;
  if (image.kind === 'directory') return [{ target: '/', trees: [image.path] }];
  const { rootfs, storage } = await rootfsOf(place, state);
  if (image.kind === 'image') return [{ target: '/', trees: storage.trees(image.layers) }];
  return stacksOf(rootfs, { lower: true });
}

/** What it has done to its root filesystem; that is listed now, and opened when it is asked for. */
export async function containerChanges(place: Workplace, state: ContainerState): Promise<Changes> {
  const { rootfs, storage } = await rootfsOf(place, state);
  // A mount is where its target leads to.
  const mountPoints = await withView(stacksOf(rootfs), (view) =>
    mountPointsOf(state).map((path) => view.resolve(path)),
  );
  return storage.changes(rootfs, mountPoints);
}

async function rootfsOf(
  place: Workplace,
  { id, name, spec, storageDriver }: ContainerState,
): Promise<{ rootfs: Rootfs; storage: OpenStorage & Differing & Layered }> {
  const storage = await place.storage(storageDriver);
  if (!isDiffering(storage))
    throw new ScError('SC_UNSUPPORTED', `look at "${name}": storage driver "${storageDriver}" cannot`);
  return { rootfs: storage.look(id, baseOf(spec.image)), storage };
}

function isDiffering(storage: OpenStorage): storage is OpenStorage & Differing & Layered {
  return storage.changes !== undefined && storage.look !== undefined && storage.trees !== undefined;
}

/** Targets as they were asked for. */
function mountPointsOf({ spec: { mounts, security } }: ContainerState): string[] {
  const secrets =
    security.secrets.length === 0 ? [] : [SECRETS, ...security.secrets.map(({ target }) => target)];
  return [...mounts.map(({ target }) => target), ...secrets];
}
