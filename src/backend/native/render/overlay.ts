import { dirname } from 'node:path';
import { ScError } from '../../../errors/error.ts';
import {
  AT_FDCWD,
  MNT_DETACH,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_RDONLY,
  MS_NODEV,
  MS_PRIVATE,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
} from '../../../linux/constants.ts';
import { LONGEST_OPTION, OVERLAY_OPTIONS } from '../../../linux/overlay-options.ts';
import type { MountInstruction } from '../../../storage/driver.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry } from '../program/program.ts';
import { attach, cloneMount, close, newMount, setAttributes } from './mount-api.ts';

type Overlay = MountInstruction & { type: 'overlay' };

/** More descriptors than whoever makes overlays has, beside those of mounts. */
const OTHER_DESCRIPTORS = 100;

/** Where they stand, for paths of that number alone. */
const DESCRIPTORS = '/proc/self/fd';

/** OVL_MAX_STACK (fs/overlayfs/overlayfs.h): how many layers the kernel puts below one. */
const MOST_LAYERS = 500;

/** A detached mount with the owners that the layers have, which stand at the numbers from `first` on. */
export function mountLayers(p: ProgramBuilder, instruction: Overlay, first: number): Entry {
  checkCount(instruction);
  const { lower, upper, work } = instruction;
  return mountOverlay(p, instruction, {
    upper: openLayer(p, 'upper layer', upper, first),
    work: openLayer(p, 'work directory', work, first + 1),
    lower: lower.map((path, index) => openLayer(p, 'lower layer', path, first + 2 + index)),
  });
}

/** Layers of an overlay as detached mounts whose owners are mapped. */
interface MappedLayers {
  instruction: Overlay;
  lower: Entry[];
  /** The directory that holds upper and work: overlay wants both in one mount. */
  snapshot: Entry;
}

export function mapLayers(p: ProgramBuilder, instruction: Overlay, userNamespace: Argument): MappedLayers {
  checkCount(instruction);
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
 * Layers are given to overlay as descriptors of fixed numbers: their paths may hold `:` and `,`, be longer
 * than the 256 bytes that fsconfig takes, and would be readable in the container's /proc/self/mountinfo.
 * This is the first of them, where as many `mounts` as that are open: no other descriptor stands there or behind.
 */
export function firstLayerNumber(mounts: number): number {
  return OTHER_DESCRIPTORS + mounts;
}

/** How many there are, each a mount of its own. */
export function layersIn(instructions: readonly MountInstruction[]): number {
  return instructions.reduce(
    (sum, instruction) => sum + (instruction.type === 'overlay' ? instruction.lower.length + 1 : 0),
    0,
  );
}

/**
 * A detached mount of mapped layers. Before Linux 6.15 overlay takes only layers that are attached in the
 * caller's mount namespace, so this is for one that nobody else uses, where they stay at `place`.
 */
export function mountMappedOverlay(
  p: ProgramBuilder,
  { instruction, lower, snapshot }: MappedLayers,
  first: number,
  place: string,
): Entry {
  const anchor = openDirectory(p, `open ${place} of the host`, place);
  const hold = (layer: Entry, index: number) => {
    attach(p, `attach a layer of ${instruction.target}`, layer, { result: anchor });
    return renumber(p, `hold a layer of ${instruction.target}`, layer, first + index);
  };
  const base = hold(snapshot, 0);
  const mount = mountOverlay(p, instruction, {
    upper: `${base}/upper`,
    work: `${base}/work`,
    lower: lower.map((layer, index) => hold(layer, index + 1)),
  });
  close(p, anchor);
  return mount;
}

function mountOverlay(
  p: ProgramBuilder,
  instruction: Overlay,
  layers: { upper: string; work: string; lower: string[] },
): Entry {
  const options = [
    ['lowerdir', layers.lower.join(':')],
    ['upperdir', layers.upper],
    ['workdir', layers.work],
    ...OVERLAY_OPTIONS,
  ] as const;
  if (options.some(([, value]) => value.length >= LONGEST_OPTION))
    return mountManyLayers(p, wordsOf(instruction), options);
  return newMount(p, wordsOf(instruction), {
    type: 'overlay',
    options: [['source', 'sc'], ...options],
    attributes: MOUNT_ATTR_NODEV,
  });
}

/**
 * The same by mount(2), whose page of options has room for as many layers as any kernel takes, where each is a number
 * in the directory of descriptors. It has to be attached somewhere: on a directory that every host has, for a moment.
 */
function mountManyLayers(
  p: ProgramBuilder,
  words: string,
  options: readonly (readonly [name: string, value: string])[],
): Entry {
  const text = options.map(([name, value]) => `${name}=${value.replaceAll(`${DESCRIPTORS}/`, '')}`).join();
  const place = p.string('/sys');
  p.call(`${words}: name layers by their numbers`, 'chdir', p.string(DESCRIPTORS));
  p.call(words, 'mount', p.string('sc'), place, p.string('overlay'), MS_NODEV, p.string(text));
  const mount = cloneMount(p, words, { path: '/sys' }, false);
  p.call(`${words}: take it from where it was made`, 'umount2', place, MNT_DETACH);
  return mount;
}

/** Before anything starts. */
function checkCount({ lower, target }: Overlay): void {
  if (lower.length <= MOST_LAYERS) return;
  throw new ScError(
    'SC_UNSUPPORTED',
    `mount overlay on "${target}": ${lower.length} layers, and the kernel takes ${MOST_LAYERS} at most`,
    { hint: 'make one layer of several, or use another storage driver (--storage-driver)' },
  );
}

/** Opens a layer at its fixed number; answers the path by which the kernel finds it. */
function openLayer(p: ProgramBuilder, name: string, path: string, number: number): string {
  const words = `open ${name} ${path}`;
  return renumber(p, words, openDirectory(p, words, path), number);
}

function renumber(p: ProgramBuilder, words: string, descriptor: Entry, number: number): string {
  const duplicate = p.attempt(words, 'dup3', { result: descriptor }, number, O_CLOEXEC);
  p.fail(words, { result: duplicate }, { EBADF: `allow sc more than ${number} open files (ulimit -n)` });
  close(p, descriptor);
  return `${DESCRIPTORS}/${number}`;
}

/** Closes the fixed numbers, with which whoever holds them holds the layers' mounts. */
export function closeLayers(
  p: ProgramBuilder,
  instructions: readonly MountInstruction[],
  first: number,
): void {
  const most = Math.max(
    ...instructions.map((instruction) => (instruction.type === 'overlay' ? instruction.lower.length + 2 : 0)),
  );
  if (most > 0) p.attempt('let go of the layers', 'close_range', first, first + most - 1, 0);
}

export function openDirectory(p: ProgramBuilder, words: string, path: string): Entry {
  return p.call(words, 'openat', AT_FDCWD, p.string(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/** The label of the entries that mount a part of the root filesystem. */
export function wordsOf(instruction: MountInstruction): string {
  return `mount ${instruction.type} on ${instruction.target}`;
}
