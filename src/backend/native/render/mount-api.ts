import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  EAGAIN,
  FSCONFIG_CMD_CREATE,
  FSCONFIG_SET_FLAG,
  FSCONFIG_SET_STRING,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  MOUNT_ATTR_IDMAP,
  MOUNT_ATTR_RDONLY,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_SET_GROUP,
  MOVE_MOUNT_T_EMPTY_PATH,
  O_CLOEXEC,
  O_PATH,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry, Hints } from '../program/program.ts';

// The mount API of Linux 5.2 works from descriptor to descriptor, so that no path which an image
// controls is ever resolved outside of the container's root (fsopen(2), open_tree(2), move_mount(2)).

/** The result of an entry, or a descriptor that stands elsewhere. */
export type Descriptor = Entry | Argument;

export const argumentOf = (descriptor: Descriptor): Argument =>
  typeof descriptor === 'object' && 'index' in descriptor ? { result: descriptor } : descriptor;

const OPEN_HOW_SIZE = 24;
const MOUNT_ATTR_SIZE = 32;

interface Filesystem {
  type: string;
  /** Option and value; true for an option without a value. */
  options: readonly (readonly [name: string, value: string | true])[];
  /** Options that do without where the kernel does not know them. */
  wishes?: readonly string[];
  /** MOUNT_ATTR_*. */
  attributes: number;
}

/** A mount of a new filesystem, not attached anywhere yet. */
export function newMount(p: ProgramBuilder, words: string, filesystem: Filesystem): Entry {
  const context = p.call(words, 'fsopen', p.string(filesystem.type), FSOPEN_CLOEXEC);
  for (const [name, value] of filesystem.options) {
    const label = `${words}: option ${value === true ? name : `${name}=${value}`}`;
    if (value === true)
      p.call(label, 'fsconfig', { result: context }, FSCONFIG_SET_FLAG, p.string(name), 0, 0);
    else
      p.call(label, 'fsconfig', { result: context }, FSCONFIG_SET_STRING, p.string(name), p.string(value), 0);
  }
  for (const name of filesystem.wishes ?? []) {
    const label = `${words}: option ${name} where there is one`;
    p.attempt(label, 'fsconfig', { result: context }, FSCONFIG_SET_FLAG, p.string(name), 0, 0);
  }
  p.call(words, 'fsconfig', { result: context }, FSCONFIG_CMD_CREATE, 0, 0, 0);
  const mount = p.call(words, 'fsmount', { result: context }, FSMOUNT_CLOEXEC, filesystem.attributes);
  close(p, context);
  return mount;
}

/** A detached copy of the mount at a path of the host or, with an empty path, at a descriptor. */
export function cloneMount(
  p: ProgramBuilder,
  words: string,
  from: { path: string } | { fd: Argument },
  recursive = true,
): Entry {
  const flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
  return 'path' in from
    ? p.call(words, 'open_tree', AT_FDCWD, p.string(from.path), flags)
    : p.call(words, 'open_tree', from.fd, p.string(''), flags | AT_EMPTY_PATH);
}

/** Attaches a detached mount on the file or directory that a descriptor stands for. */
export function attach(
  p: ProgramBuilder,
  words: string,
  mount: Descriptor,
  target: Argument,
  hints?: Hints,
): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  const args = [argumentOf(mount), p.string(''), target, p.string(''), flags] as const;
  p.hint(p.call(words, 'move_mount', ...args), hints);
}

/** What is changed of a mount (mount_setattr(2)). */
export interface Changes {
  /** MOUNT_ATTR_* that are added, and taken away. */
  set?: number;
  clear?: number;
  /** MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE; without it as it was. */
  propagation?: number;
  /** A user namespace that owners are mapped by. */
  owners?: Argument;
  /** Of all mounts below it too. */
  recursive?: boolean;
}

const UNMAPPABLE: Hints = {
  EINVAL: 'choose a filesystem whose files the kernel can show with other owners, or let them have their own',
};

export function setAttributes(p: ProgramBuilder, words: string, mount: Descriptor, changes: Changes): void {
  const { clear = 0, propagation = 0, owners, recursive = false } = changes;
  const set = (changes.set ?? 0) | (owners === undefined ? 0 : MOUNT_ATTR_IDMAP);
  const changed = [set, clear, propagation];
  const values = changed.slice(0, changed.findLastIndex((value) => value !== 0) + 1).map(hexadecimal);
  const text = `set(${values.join(', ')})`;
  const fields = [set, clear, propagation, 0].map((value) => [value, 8] as const);
  const structure = owners === undefined ? p.constant(text, ...fields) : p.struct(text, ...fields);
  if (owners !== undefined) p.store('name the user namespace', structure, 24, owners, 8);
  const flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  const args = [argumentOf(mount), p.string(''), flags, structure, MOUNT_ATTR_SIZE] as const;
  p.hint(p.call(words, 'mount_setattr', ...args), owners === undefined ? undefined : UNMAPPABLE);
}

export function makeReadOnly(p: ProgramBuilder, words: string, mount: Descriptor, recursive = false): void {
  setAttributes(p, words, mount, { set: MOUNT_ATTR_RDONLY, recursive });
}

/**
 * Makes a private mount, and none below it, a peer of the mount that a descriptor stands on. The group goes
 * from a copy without what is mounted below (move_mount(2), MOVE_MOUNT_SET_GROUP).
 */
export function joinPeers(p: ProgramBuilder, words: string, mount: Entry, source: Entry): void {
  const peer = cloneMount(p, words, { fd: { result: source } }, false);
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH | MOVE_MOUNT_SET_GROUP;
  p.call(words, 'move_mount', { result: peer }, p.string(''), { result: mount }, p.string(''), flags);
  close(p, peer);
}

const hexadecimal = (value: number): string => `0x${value.toString(16)}`;

interface OpenHow {
  flags?: number;
  resolve?: number;
  /** A failure is looked at by who asked. */
  mayFail?: boolean;
  hints?: Hints;
}

/**
 * Opens a path of the container below the descriptor of its root, never outside (openat2(2)). Where `..`
 * is on the way, any rename or mount on the machine meanwhile is EAGAIN.
 */
export function openInRoot(
  p: ProgramBuilder,
  words: string,
  root: Descriptor,
  path: string,
  how: OpenHow = {},
): Entry {
  const flags = (how.flags ?? O_PATH) | O_CLOEXEC;
  const resolve = how.resolve ?? RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const structure = p.constant(
    `how(0x${flags.toString(16)}, 0x${resolve.toString(16)})`,
    [flags, 8],
    [0, 8],
    [resolve, 8],
  );
  const args = [argumentOf(root), p.string(path), structure, OPEN_HOW_SIZE] as const;
  const again = p.label('open it again');
  p.place(again);
  const opened = p.attempt(words, 'openat2', ...args);
  p.jump(again, 'equal', { result: opened }, -EAGAIN);
  if (!how.mayFail) p.fail(words, { result: opened }, how.hints);
  return opened;
}

/** Closes a descriptor, or does nothing where opening it had failed. */
export function close(p: ProgramBuilder, fd: Descriptor): void {
  p.attempt('close', 'close', argumentOf(fd));
}
