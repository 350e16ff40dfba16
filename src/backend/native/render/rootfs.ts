import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  MS_SHARED,
  MS_UNBINDABLE,
  O_DIRECTORY,
  O_PATH,
  ST_RDONLY,
} from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import type { MountInstruction } from '../../../storage/driver.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry } from '../program/program.ts';
import { attach, cloneMount, close, openInRoot, setAttributes } from './mount-api.ts';
import { firstLayerNumber, mountLayers, openDirectory, wordsOf } from './overlay.ts';
import type { Take } from './user-namespace.ts';

type Bind = MountInstruction & { type: 'bind' };

/** struct statfs of 64-bit processors, and where its f_flags stand (statfs(2)). */
const STATFS_SIZE = 120;
const STATFS_FLAGS_AT = 80;

interface RootPlace {
  /** A directory of the host. */
  path: string;
  /** How many mounts are open that are to be attached later. */
  held: number;
}

/** One that every host has, and everybody may enter. */
const USUAL: RootPlace = { path: '/sys', held: 0 };

interface RootMounts {
  /** The mount of `/`. */
  root: Argument;
  /** `/` and what belongs to it, such as `/usr`. */
  all: Argument[];
}

/** Attaches the root filesystem in the container's mount namespace. There it stays until it becomes `/`. */
export function mountRootfs(
  p: ProgramBuilder,
  instructions: readonly MountInstruction[],
  readOnly: boolean,
  take: Take,
  { path, held }: RootPlace = USUAL,
): RootMounts {
  const [first, ...rest] = instructions;
  if (first?.target !== '/') throw new Error('the first mount of a root filesystem is "/"');
  const layersAt = firstLayerNumber(held + instructions.length);
  const root = take(() => mountPart(p, first, readOnly, layersAt));
  const anchor = openDirectory(p, `open ${path} of the host`, path);
  attach(p, 'attach the root filesystem', root, { result: anchor });
  close(p, anchor);
  const all = [root];
  for (const instruction of rest) {
    const mount = take(() => mountPart(p, instruction, readOnly, layersAt));
    const words = `attach ${instruction.target}`;
    const flags = O_PATH | O_DIRECTORY;
    const target = openInRoot(p, words, root, instruction.target, { flags });
    attach(p, words, mount, { result: target });
    close(p, target);
    all.push(mount);
  }
  return { root, all };
}

/** When it is `/`: pivot_root(2) takes no root that is shared. The mounts of its parts are below it too. */
export function propagateRoot(
  p: ProgramBuilder,
  root: Argument,
  all: readonly Argument[],
  propagation: ContainerSpec['rootfs']['propagation'],
): void {
  if (propagation === undefined) return;
  const words = `make the root filesystem ${propagation}`;
  const recursive = propagation.startsWith('r');
  const type = propagation.endsWith('shared') ? MS_SHARED : MS_UNBINDABLE;
  for (const mount of recursive ? [root] : all)
    setAttributes(p, words, mount, { propagation: type, recursive });
}

/** A detached mount with the owners that the layers have. */
function mountPart(
  p: ProgramBuilder,
  instruction: MountInstruction,
  readOnly: boolean,
  layersAt: number,
): Entry {
  if (instruction.type === 'bind') return mountBind(p, instruction, readOnly);
  return mountLayers(p, instruction, layersAt);
}

/**
 * A detached mount, with its owners mapped by a user namespace if there is one. What is mounted below it is
 * made read-only with it already here: later the container's own mounts stand among those.
 */
export function mountBind(
  p: ProgramBuilder,
  instruction: Bind,
  readOnly: boolean,
  userNamespace?: Argument,
): Entry {
  const words = wordsOf(instruction);
  const mount = cloneMount(p, words, { path: instruction.source });
  const becomesReadOnly = readOnly && !instruction.readOnly;
  const status = becomesReadOnly ? p.space('statfs', STATFS_SIZE) : undefined;
  if (status !== undefined) p.call(`${words}: may it be written`, 'fstatfs', { result: mount }, status);
  setAttributes(p, words, mount, {
    // A device node that an image brings opens nothing; the devices that are meant stand in /dev.
    set: MOUNT_ATTR_NODEV | (readOnly || instruction.readOnly ? MOUNT_ATTR_RDONLY : 0),
    propagation: MS_PRIVATE,
    ...(userNamespace !== undefined && { owners: userNamespace }),
    recursive: true,
  });
  if (status !== undefined) openForSetUp(p, words, mount, status);
  return mount;
}

/** Mount points can be made in it until the end of the set-up, if it could be written before. */
function openForSetUp(p: ProgramBuilder, words: string, mount: Entry, status: Data): void {
  const done = p.label(`${words}: it can be written as far as before`);
  p.jump(done, 'mask', { load: 64, from: status, at: STATFS_FLAGS_AT }, ST_RDONLY);
  setAttributes(p, words, mount, { clear: MOUNT_ATTR_RDONLY });
  p.place(done);
}
