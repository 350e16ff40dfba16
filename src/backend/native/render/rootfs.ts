import { AT_FDCWD, MOUNT_ATTR_NODEV, O_CLOEXEC, O_DIRECTORY, O_PATH } from '../../../linux/constants.ts';
import type { MountInstruction } from '../../../storage/driver.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import { attach, cloneMount, close, makeReadOnly, newMount, openInRoot, setAttributes } from './mount-api.ts';

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

export interface RootMounts {
  /** The mount of `/`. */
  root: Entry;
  /** `/` and what belongs to it, such as `/usr`. */
  all: Entry[];
}

/** Mounts the root filesystem in the container's mount namespace, over its own lowest directory. */
export function mountRootfs(p: ProgramBuilder, instructions: readonly MountInstruction[]): RootMounts {
  const [first, ...rest] = instructions;
  if (first?.target !== '/') throw new Error('the first mount of a root filesystem is "/"');
  const root = mountPart(p, first);
  attach(p, 'attach the root filesystem', root, openAnchor(p, first));
  const all = [root];
  for (const instruction of rest) {
    const mount = mountPart(p, instruction);
    const words = `attach ${instruction.target}`;
    const flags = O_PATH | O_DIRECTORY;
    const target = openInRoot(p, words, root, instruction.target, { flags });
    attach(p, words, mount, { result: target });
    close(p, target);
    all.push(mount);
  }
  return { root, all };
}

function mountPart(p: ProgramBuilder, instruction: MountInstruction): Entry {
  const words = `mount ${instruction.type} on ${instruction.target}`;
  if (instruction.type === 'bind') {
    const mount = cloneMount(p, words, { path: instruction.source });
    // A device node that an image brings opens nothing; the devices that are meant stand in /dev.
    setAttributes(p, words, mount, MOUNT_ATTR_NODEV, true);
    if (instruction.readOnly) makeReadOnly(p, words, mount, true);
    return mount;
  }
  const lower = instruction.lower.map((path, index) => openLayer(p, 'lower layer', path, index + 2));
  return newMount(p, words, {
    type: 'overlay',
    options: [
      ['source', 'sc'],
      ['lowerdir', lower.join(':')],
      ['upperdir', openLayer(p, 'upper layer', instruction.upper, 0)],
      ['workdir', openLayer(p, 'work directory', instruction.work, 1)],
      ...OVERLAY_OPTIONS,
    ],
    attributes: MOUNT_ATTR_NODEV,
  });
}

/** Opens a layer at its fixed number; answers the path by which the kernel finds it. */
function openLayer(p: ProgramBuilder, name: string, path: string, index: number): string {
  const words = `open ${name} ${path}`;
  const opened = p.call(words, 'openat', AT_FDCWD, p.string(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
  const number = FIRST_LAYER_FD + index;
  const duplicate = p.attempt(words, 'dup3', { result: opened }, number, O_CLOEXEC);
  p.fail(words, { result: duplicate }, { EBADF: `allow sc more than ${number} open files (ulimit -n)` });
  close(p, opened);
  return `/proc/self/fd/${number}`;
}

/** Where the root is attached until it becomes `/`; the namespace is private, so the host sees nothing. */
function openAnchor(p: ProgramBuilder, instruction: MountInstruction): { result: Entry } {
  const path = instruction.type === 'bind' ? instruction.source : (instruction.lower[0] ?? '/');
  const flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  return { result: p.call(`open ${path}`, 'openat', AT_FDCWD, p.string(path), flags) };
}
