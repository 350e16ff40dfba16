import { dirname } from 'node:path';
import {
  AT_FDCWD,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
} from '../../../linux/constants.ts';
import type { MountInstruction } from '../../../storage/driver.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry } from '../program/program.ts';
import { attach, cloneMount, close, newMount, setAttributes } from './mount-api.ts';

type Overlay = MountInstruction & { type: 'overlay' };

/**
 * Layers are given to overlay as descriptors of fixed numbers: their paths may hold `:` and `,`, be longer
 * than the 256 bytes that fsconfig takes, and would be readable in the container's /proc/self/mountinfo.
 */
const FIRST_LAYER_FD = 100;

/**
 * A layer's own redirects must not lead elsewhere, whatever the kernel's defaults are
 * (Documentation/filesystems/overlayfs.rst, "Redirects").
 */
const OVERLAY_OPTIONS = [
  ['redirect_dir', 'nofollow'],
  ['metacopy', 'off'],
  ['index', 'off'],
] as const;

/** A detached mount with the owners that the layers have. */
export function mountLayers(p: ProgramBuilder, instruction: Overlay): Entry {
  const { lower, upper, work } = instruction;
  return mountOverlay(p, instruction, {
    upper: openLayer(p, 'upper layer', upper, 0),
    work: openLayer(p, 'work directory', work, 1),
    lower: lower.map((path, index) => openLayer(p, 'lower layer', path, index + 2)),
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

/** Closes the fixed numbers, with which whoever holds them holds the layers' mounts. */
export function closeLayers(p: ProgramBuilder, instructions: readonly MountInstruction[]): void {
  const most = Math.max(
    ...instructions.map((instruction) => (instruction.type === 'overlay' ? instruction.lower.length + 2 : 0)),
  );
  if (most > 0)
    p.attempt('let go of the layers', 'close_range', FIRST_LAYER_FD, FIRST_LAYER_FD + most - 1, 0);
}

export function openDirectory(p: ProgramBuilder, words: string, path: string): Entry {
  return p.call(words, 'openat', AT_FDCWD, p.string(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/** The label of the entries that mount a part of the root filesystem. */
export function wordsOf(instruction: MountInstruction): string {
  return `mount ${instruction.type} on ${instruction.target}`;
}
