import type { CgroupMount } from '../../../linux/cgroup/cgroup.ts';
import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  O_CLOEXEC,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
} from '../../../linux/constants.ts';
import { standardDevices } from '../../../linux/devices.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import { type DeviceNode, makeDevices } from './devices.ts';
import { argumentOf, attach, type Descriptor, makeReadOnly, newMount, openInRoot } from './mount-api.ts';
import type { Take } from './user-namespace.ts';

const LOCKED = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

const standardNodes = standardDevices.map(
  ([name, major, minor]): DeviceNode => ({ name, type: 'c', major, minor, mode: 0o666 }),
);

const links = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['ptmx', 'pts/ptmx'],
] as const;

export interface KernelFilesystems {
  proc: Entry;
  dev: Descriptor;
  pts: Entry;
  /** A directory of `dev` that `pts` is mounted on: what is in it is not seen. */
  hidden: Entry;
  /** The null device in `dev`. */
  nothing: Entry;
}

/** /proc, /dev and what stands in it, /sys and its control groups, with the flags of the specification. */
export function mountKernelFilesystems(
  p: ProgramBuilder,
  root: Descriptor,
  cgroups: readonly CgroupMount[],
  shmSize: number,
  nodes: readonly DeviceNode[],
  take: Take,
  sysOfKeeper: Entry | undefined,
): KernelFilesystems {
  const proc = newMount(p, 'mount proc on /proc', { type: 'proc', options: [], attributes: LOCKED });
  attach(p, 'mount proc on /proc', proc, ordinaryDirectory(p, root, 'proc'));

  const dev = take(() => makeDev(p, nodes));
  attach(p, 'mount tmpfs on /dev', dev, ordinaryDirectory(p, root, 'dev'));
  const flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  const nothing = p.call('hold /dev/null', 'openat', dev, p.string('null'), flags);

  const pts = newMount(p, 'mount devpts on /dev/pts', {
    type: 'devpts',
    options: [
      ['newinstance', true],
      ['ptmxmode', '0666'],
      ['mode', '0620'],
      ['gid', '5'],
    ],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
  });
  const hidden = childOf(p, dev, 'pts');
  attach(p, 'mount devpts on /dev/pts', pts, hidden);
  const shm = newMount(p, 'mount tmpfs on /dev/shm', {
    type: 'tmpfs',
    options: [
      ['mode', '1777'],
      ['size', inKibibytes(shmSize)],
    ],
    attributes: LOCKED,
  });
  attach(p, 'mount tmpfs on /dev/shm', shm, childOf(p, dev, 'shm'));
  const mqueue = newMount(p, 'mount mqueue on /dev/mqueue', {
    type: 'mqueue',
    options: [],
    attributes: LOCKED,
  });
  attach(p, 'mount mqueue on /dev/mqueue', mqueue, childOf(p, dev, 'mqueue'));

  const sys = sysOfKeeper ?? makeSys(p);
  attach(p, 'mount sysfs on /sys', sys, ordinaryDirectory(p, root, 'sys'));
  mountCgroups(p, sys, cgroups);
  return { proc, dev, pts, hidden: hidden.result, nothing };
}

/**
 * A symbolic link here would send our mounts and device nodes wherever the image likes, up to the host's
 * own directories (CVE-2026-41579), and a false /proc would swallow what is meant for the kernel
 * (CVE-2019-16884).
 */
export function ordinaryDirectory(p: ProgramBuilder, root: Descriptor, name: string): { result: Entry } {
  const words = `open /${name} of the root filesystem`;
  p.attempt(`make /${name} where it is missing`, 'mkdirat', argumentOf(root), p.string(name), 0o755);
  const hint = `make /${name} of the image an ordinary directory`;
  const directory = openInRoot(p, words, root, name, {
    flags: O_PATH | O_DIRECTORY | O_NOFOLLOW,
    resolve: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    hints: { ELOOP: hint, ENOTDIR: hint },
  });
  return { result: directory };
}

function childOf(p: ProgramBuilder, mount: Descriptor, path: string): { result: Entry } {
  const flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  return { result: p.call(`open ${path}`, 'openat', argumentOf(mount), p.string(path), flags) };
}

/** /dev with its devices: a node that is made in a user namespace would open nothing. */
export function makeDev(p: ProgramBuilder, nodes: readonly DeviceNode[]): Entry {
  const dev = newMount(p, 'mount tmpfs on /dev', {
    type: 'tmpfs',
    options: [
      ['mode', '755'],
      ['size', '65536k'],
    ],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME,
  });
  makeDevices(p, dev, standardNodes);
  for (const [name, target] of links) {
    p.call(`link /dev/${name} to ${target}`, 'symlinkat', p.string(target), { result: dev }, p.string(name));
  }
  for (const name of ['pts', 'shm', 'mqueue']) {
    p.call(`make /dev/${name}`, 'mkdirat', { result: dev }, p.string(name), 0o755);
  }
  makeDevices(p, dev, nodes);
  return dev;
}

/**
 * /sys, with the interfaces of the network in which it is made. Who makes it needs rights over that network, which
 * an init in a user namespace of its own has only over one of its own.
 */
export function makeSys(p: ProgramBuilder): Entry {
  const attributes = LOCKED | MOUNT_ATTR_RDONLY;
  return newMount(p, 'mount sysfs on /sys', { type: 'sysfs', options: [], attributes });
}

/** Of bytes; tmpfs counts whole pages anyway. */
function inKibibytes(size: number): string {
  return `${Math.ceil(size / 1024)}k`;
}

/** One tree on a host with cgroup v2 only; else a directory with a mount for each hierarchy. */
function mountCgroups(p: ProgramBuilder, sys: Entry, cgroups: readonly CgroupMount[]): void {
  const attributes = LOCKED | MOUNT_ATTR_RDONLY;
  const [only] = cgroups;
  if (only === undefined) return;
  const place = childOf(p, sys, 'fs/cgroup');
  if (cgroups.length === 1 && only.type === 'cgroup2') {
    const words = 'mount cgroup2 on /sys/fs/cgroup';
    attach(p, words, newMount(p, words, { type: 'cgroup2', options: [], attributes }), place);
    return;
  }
  const words = 'mount tmpfs on /sys/fs/cgroup';
  const tree = newMount(p, words, { type: 'tmpfs', options: [['mode', '755']], attributes: LOCKED });
  attach(p, words, tree, place);
  for (const { name, type, options } of cgroups) {
    const label = `mount ${type} on /sys/fs/cgroup/${name}`;
    p.call(`make /sys/fs/cgroup/${name}`, 'mkdirat', { result: tree }, p.string(name), 0o755);
    const mount = newMount(p, label, {
      type,
      options: options.map((option) => parseOption(option)),
      attributes,
    });
    attach(p, label, mount, childOf(p, tree, name));
  }
  makeReadOnly(p, 'make /sys/fs/cgroup read-only', tree);
}

function parseOption(option: string): readonly [string, string | true] {
  const [name = option, value] = option.split('=', 2);
  return [name, value ?? true];
}
