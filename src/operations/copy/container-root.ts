import { closeSync, openSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { O_CLOEXEC, O_DIRECTORY, O_PATH } from '../../linux/constants.ts';
import { mountDetachedOverlay } from '../../linux/detached-mount.ts';
import { holding, openRoot } from '../../linux/directory.ts';
import { unless } from '../../linux/link.ts';
import { openSource } from '../../linux/mount-source.ts';
import { lowerOptions, OVERLAY_OPTIONS } from '../../linux/overlay-options.ts';
import { openProcess } from '../../linux/pidfd.ts';
import { processIsAlive } from '../../linux/process.ts';
import { openReadOnly } from '../../linux/uncovered.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import type { MountInstruction } from '../../storage/driver.ts';
import { baseOf } from '../base.ts';
import type { Workplace } from '../workplace.ts';
import { closeRoot, isDirectory, type Root } from './root.ts';

/**
 * Runs an action with the root of a container: of one that runs as its own program sees it, with all that is mounted
 * there; of another its root filesystem, which nobody starts meanwhile. Throws SC_WRONG_STATE for one that is being
 * made.
 */
export async function withContainerRoot<Result>(
  place: Workplace,
  id: string,
  action: (root: Root, state: ContainerState) => Promise<Result>,
): Promise<Result> {
  const seen = await place.observe(await place.store.find(id));
  if (isLive(seen)) return withRoot(openLive(seen), seen, action);
  return place.store.exclusively(id, async () => {
    // Who had it to himself may have started it.
    const state = await place.observe(await place.store.find(id));
    const root = isLive(state) ? openLive(state) : await openStill(place, state);
    return withRoot(root, state, action);
  });
}

async function withRoot<Result>(
  root: Root,
  state: ContainerState,
  action: (root: Root, state: ContainerState) => Promise<Result>,
): Promise<Result> {
  try {
    return await action(root, state);
  } finally {
    closeRoot(root);
  }
}

function isLive({ status }: ContainerState): boolean {
  return status === 'running' || status === 'paused';
}

/** Through its init, which is the same one before and after its root was opened. */
function openLive({ name, init, spec }: ContainerState): Root {
  const pidfd = init && openProcess(init);
  if (init === undefined || pidfd === undefined) throw ended(name);
  return holding(pidfd, () => {
    const root = openSync(`/proc/${init.pid}/root`, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const opened = rootOf(name, { descriptor: root, ids: spec.security.userNamespace });
    if (processIsAlive(init)) return opened;
    closeRoot(opened);
    throw ended(name);
  });
}

/** Of what the storage driver answers, mounted where nobody sees it; the owners are those of the image. */
async function openStill(place: Workplace, state: ContainerState): Promise<Root> {
  const { id, name, status, spec } = state;
  if (status !== 'stopped' && status !== 'created')
    throw new ScError('SC_WRONG_STATE', `copy "${name}": it is ${status}`);
  const storage = await place.storage(state.storageDriver);
  const { mounts: instructions } = await storage.open(id, baseOf(spec.image));
  const mounts = new Map<string, number>();
  const opened = { ...rootOf(name, { descriptor: -1, ids: undefined }), mounts };
  try {
    for (const instruction of instructions)
      mounts.set(latin1(instruction.target), openInstruction(instruction, spec.rootfs.readOnly));
    const descriptor = mounts.get('/');
    if (descriptor === undefined) throw new Error('a root filesystem has a root');
    mounts.delete('/');
    for (const [target, volume] of openVolumes(spec)) mounts.set(target, volume);
    return {
      ...opened,
      descriptor,
      absent: absentMounts(spec, mounts),
      readOnly: spec.rootfs.readOnly ? 'its root filesystem is read-only' : undefined,
    };
  } catch (error) {
    for (const mount of mounts.values()) holding(mount, () => undefined);
    throw error;
  }
}

/** What is to be read-only the kernel keeps so, also where only some of what is copied goes into a volume. */
function openInstruction(instruction: MountInstruction, isReadOnly: boolean): number {
  if (instruction.type === 'bind')
    return isReadOnly ? openReadOnly(instruction.source) : openRoot(instruction.source);
  const { lower, upper, work } = instruction;
  const opened: number[] = [];
  const open = (path: string) => {
    opened.push(openRoot(path));
    return `/proc/self/fd/${opened.at(-1)}`;
  };
  try {
    const own = [
      ['upperdir', open(upper)],
      ['workdir', open(work)],
    ] as const;
    const options = [...lowerOptions(lower.map(open)), ...own, ...OVERLAY_OPTIONS];
    return mountDetachedOverlay(options, { isReadOnly });
  } catch (error) {
    const isMany = lower.length > 1 && error instanceof ScError && error.errno === 'EINVAL';
    throw isMany ? tooMany(lower.length, error) : error;
  } finally {
    for (const each of opened) holding(each, () => undefined);
  }
}

/** Volumes that are as they would be mounted: directories in which what belongs to root on the disk does so inside. */
function openVolumes({ mounts }: ContainerSpec): [target: string, volume: number][] {
  return mounts.flatMap((mount) => {
    if (mount.type !== 'bind' || mount.volume === undefined || mount.readOnly) return [];
    if (mount.owner !== undefined || mount.idmap !== undefined) return [];
    const volume = unless(['ENOENT', 'ELOOP', 'ENOTDIR'], () => openSource(mount));
    if (volume === undefined) return [];
    if (isDirectory(volume)) return [[latin1(mount.target), volume]];
    closeSync(volume);
    return [];
  });
}

/** What else was declared is mounted when the container starts. */
function absentMounts({ mounts }: ContainerSpec, opened: ReadonlyMap<string, number>): Map<string, string> {
  const absent = mounts.filter(({ target }) => !opened.has(latin1(target)));
  return new Map(
    absent.map((mount) => [
      latin1(mount.target),
      mount.type === 'bind'
        ? `it is "${mount.source}${mount.subpath === undefined ? '' : `/${mount.subpath}`}" of the host: copy there, or start the container first`
        : 'it is a filesystem in memory, and empty at each start: start the container first',
    ]),
  );
}

function rootOf(name: string, opened: Pick<Root, 'descriptor' | 'ids'>): Root {
  return {
    label: `${name}:`,
    mounts: new Map(),
    absent: new Map(),
    readOnly: undefined,
    isHost: false,
    ...opened,
  };
}

/** Paths whose code units are bytes. */
function latin1(path: string): string {
  const clean = path.length > 1 ? path.replace(/\/+$/, '') : path;
  return Buffer.from(clean).toString('latin1');
}

function ended(name: string): ScError {
  return new ScError('SC_WRONG_STATE', `copy "${name}": it has ended meanwhile`, { hint: 'try again' });
}

function tooMany(layers: number, cause: ScError): ScError {
  return new ScError('SC_HOST_UNFIT', `mount ${layers} layers of a container that does not run: EINVAL`, {
    errno: 'EINVAL',
    cause,
    hint: 'more than 15 take Linux 6.5, where the container does not run: start it first',
  });
}
