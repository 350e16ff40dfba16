import { dirname } from 'node:path';
import {
  AT_FDCWD,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  MS_SHARED,
  MS_UNBINDABLE,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  ST_RDONLY,
} from '../../../linux/constants.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import type { MountInstruction } from '../../../storage/driver.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry } from '../program/program.ts';
import { attach, cloneMount, close, newMount, openInRoot, setAttributes } from './mount-api.ts';
import type { Take } from './user-namespace.ts';

type Overlay = MountInstruction & { type: 'overlay' };
type Bind = MountInstruction & { type: 'bind' };

/**
 * Layers are given to overlay as descriptors of fixed numbers: their paths may hold `:` and `,`, be longer
 * than the 256 bytes that fsconfig takes, and would be readable in the container's /proc/self/mountinfo.
 */
const FIRST_LAYER_FD = 100;

/** struct statfs of 64-bit processors, and where its f_flags stand (statfs(2)). */
const STATFS_SIZE = 120;
const STATFS_FLAGS_AT = 80;

/**
 * A layer's own redirects must not lead elsewhere, whatever the kernel's defaults are
 * (Documentation/filesystems/overlayfs.rst, "Redirects").
 */
const OVERLAY_OPTIONS = [
  ['redirect_dir', 'nofollow'],
  ['metacopy', 'off'],
  ['index', 'off'],
] as const;

export interface RootMounts {
  /** The mount of `/`. */
  root: Argument;
  /** `/` and what belongs to it, such as `/usr`. */
  all: Argument[];
}

/**
 * Attaches the root filesystem in the container's mount namespace, over a directory that every host has
 * and everybody may enter. There it stays until it becomes `/`.
 */
export function mountRootfs(
  p: ProgramBuilder,
  instructions: readonly MountInstruction[],
  readOnly: boolean,
  take: Take,
): RootMounts {
  const [first, ...rest] = instructions;
  if (first?.target !== '/') throw new Error('the first mount of a root filesystem is "/"');
  const root = take(() => mountPart(p, first, readOnly));
  const anchor = openDirectory(p, 'open /sys of the host', '/sys');
  attach(p, 'attach the root filesystem', root, { result: anchor });
  close(p, anchor);
  const all = [root];
  for (const instruction of rest) {
    const mount = take(() => mountPart(p, instruction, readOnly));
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
function mountPart(p: ProgramBuilder, instruction: MountInstruction, readOnly: boolean): Entry {
  if (instruction.type === 'bind') return mountBind(p, instruction, readOnly);
  const { lower, upper, work } = instruction;
  return mountOverlay(p, instruction, {
    upper: openLayer(p, 'upper layer', upper, 0),
    work: openLayer(p, 'work directory', work, 1),
    lower: lower.map((path, index) => openLayer(p, 'lower layer', path, index + 2)),
  });
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

/** Layers of an overlay as detached mounts whose owners are mapped. */
export interface MappedLayers {
  instruction: Overlay;
  lower: Entry[];
  /** The directory that holds upper and work: overlay wants both in one mount. */
  snapshot: Entry;
}

export function mapLayers(p: ProgramBuilder, instruction: Overlay, userNamespace: Argument): MappedLayers {
  const { lower, upper, work } = instruction;
  if (dirname(upper) !== dirname(work)) throw new Error('upper and work directory stand side by side');
  const map = (name: string, path: string, attributes: number) => {
    const words = `open ${name} ${path}`;
    const layer = cloneMount(p, words, { path }, false);
    setAttributes(p, words, layer, { set: attributes, propagation: MS_PRIVATE, owners: userNamespace });
    return layer;
  };
  return {
    instruction,
    lower: lower.map((path) => map('lower layer', path, MOUNT_ATTR_RDONLY)),
    snapshot: map('snapshot', dirname(upper), 0),
  };
}

/**
 * A detached mount of mapped layers. Before Linux 6.15 overlay takes only layers that are attached in the
 * caller's mount namespace, so this is for one that nobody else uses.
 */
export function mountMappedOverlay(p: ProgramBuilder, { instruction, lower, snapshot }: MappedLayers): Entry {
  const anchor = openDirectory(p, 'open /dev of the host', '/dev');
  const place = (layer: Entry, index: number) => {
    attach(p, `attach a layer of ${instruction.target}`, layer, { result: anchor });
    return renumber(p, `hold a layer of ${instruction.target}`, layer, index);
  };
  const base = place(snapshot, 0);
  const mount = mountOverlay(p, instruction, {
    upper: `${base}/upper`,
    work: `${base}/work`,
    lower: lower.map((layer, index) => place(layer, index + 1)),
  });
  close(p, anchor);
  return mount;
}

function mountOverlay(
  p: ProgramBuilder,
  instruction: Overlay,
  layers: { upper: string; work: string; lower: string[] },
): Entry {
  return newMount(p, wordsOf(instruction), {
    type: 'overlay',
    options: [
      ['source', 'sc'],
      ['lowerdir', layers.lower.join(':')],
      ['upperdir', layers.upper],
      ['workdir', layers.work],
      ...OVERLAY_OPTIONS,
    ],
    attributes: MOUNT_ATTR_NODEV,
  });
}

/** Opens a layer at its fixed number; answers the path by which the kernel finds it. */
function openLayer(p: ProgramBuilder, name: string, path: string, index: number): string {
  const words = `open ${name} ${path}`;
  return renumber(p, words, openDirectory(p, words, path), index);
}

function renumber(p: ProgramBuilder, words: string, descriptor: Entry, index: number): string {
  const number = FIRST_LAYER_FD + index;
  const duplicate = p.attempt(words, 'dup3', { result: descriptor }, number, O_CLOEXEC);
  p.fail(words, { result: duplicate }, { EBADF: `allow sc more than ${number} open files (ulimit -n)` });
  close(p, descriptor);
  return `/proc/self/fd/${number}`;
}

function openDirectory(p: ProgramBuilder, words: string, path: string): Entry {
  return p.call(words, 'openat', AT_FDCWD, p.string(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/** Closes the fixed numbers, with which whoever holds them holds the layers' mounts. */
export function closeLayers(p: ProgramBuilder, instructions: readonly MountInstruction[]): void {
  const most = Math.max(
    ...instructions.map((instruction) => (instruction.type === 'overlay' ? instruction.lower.length + 2 : 0)),
  );
  if (most > 0)
    p.attempt('let go of the layers', 'close_range', FIRST_LAYER_FD, FIRST_LAYER_FD + most - 1, 0);
}

function wordsOf(instruction: MountInstruction): string {
  return `mount ${instruction.type} on ${instruction.target}`;
}
