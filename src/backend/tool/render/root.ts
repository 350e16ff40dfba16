import { basename } from 'node:path';
import {
  CLONE_NEWNS,
  MNT_DETACH,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MS_REC,
  MS_SLAVE,
  S_IFREG,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Entry, Label } from '../../native/program/program.ts';
import type { BindSpec } from '../../native/render/bind.ts';
import { mountEtcFiles } from '../../native/render/etc.ts';
import type { HostView, RenderRequest } from '../../native/render/input.ts';
import { makeDev, makeSys, ordinaryDirectory } from '../../native/render/kernel-filesystems.ts';
import { makePathsReadOnly } from '../../native/render/masks.ts';
import { attach, close, makeReadOnly, newMount } from '../../native/render/mount-api.ts';
import { bindsOf, mountDeclared } from '../../native/render/mounts.ts';
import { visitNetwork } from '../../native/render/network.ts';
import { hasSysOfKeeper } from '../../native/render/network-namespace.ts';
import { openDirectory } from '../../native/render/overlay.ts';
import { openOrMake } from '../../native/render/path.ts';
import { mountRootfs } from '../../native/render/rootfs.ts';
import { mountSecrets } from '../../native/render/secrets.ts';
import { HIDDEN, PLACE, ROOT } from '../tool.ts';
import { type OwnUsers, usersOfHost } from './own-users.ts';
import { mountPlace } from './place.ts';

/** Where a tool mounts what is the kernel's. */
const kernelPlaces = ['proc', 'sys', 'dev'] as const;

/** The files of /etc are made in a filesystem in memory that has no room for more than this. */
const ETC_SIZE = 64 * 1024 * 1024;

interface RootParts {
  host: Pick<HostView, 'sourceKind' | 'devices'>;
  bindOf: (mount: BindSpec) => Argument;
  /** Of a container with users of its own. */
  users: OwnUsers | undefined;
  /** Of another container that it joins: a descriptor. */
  network: Argument | undefined;
  /** Where the keeper goes on when it fails. */
  failed: Label;
}

/** A mount namespace of the keeper's own, with a place for the root filesystem. The host sees none of its mounts. */
export function takeMountNamespace(p: ProgramBuilder): void {
  p.call('take a view of the mounts', 'unshare', CLONE_NEWNS);
  p.hint(p.call('let it follow that of the host', 'mount', 0, p.string('/'), 0, MS_REC | MS_SLAVE, 0), {
    EINVAL: 'give a chroot that sc runs in a root that is a mount (mount --rbind DIR DIR, before it)',
  });
  const place = mountPlace(p, PLACE);
  for (const path of [ROOT, HIDDEN])
    p.call(`make ${path}`, 'mkdirat', { result: place }, p.string(basename(path)), 0o755);
  close(p, place);
}

/**
 * Mounts the root filesystem with all that belongs to it but the kernel's own filesystems, which the tool mounts: by
 * the same steps as on native, from descriptor to descriptor, so that no path of the image is resolved by a tool.
 */
export function mountRoot(p: ProgramBuilder, request: RenderRequest, parts: RootParts): void {
  const { container, rootfs, etc } = request;
  const { readOnly } = container.rootfs;
  const { host, users = usersOfHost, failed } = parts;
  const held = bindsOf(container.mounts).length;
  const umask = p.call('make files with the modes that are asked for', 'umask', 0);
  const { takePart, takeSecrets, mountOwners, actAsOneself } = users.begin(p, request, held);
  const hidden = hideFilesystem(p);
  const { root, all } = mountRootfs(p, rootfs.mounts, readOnly, takePart, { path: ROOT, held });
  const covers = kernelPlaces.map((name) => cover(p, root, name));
  mountEtcFiles(p, root, hidden, etc, readOnly);
  mountDeclared(p, root, { ...request, ...(mountOwners && { mountOwners }) }, host.sourceKind, parts.bindOf);
  mountSecrets(p, root, request, takeSecrets, HIDDEN);
  makePathsReadOnly(p, root, container.security.readOnlyPaths.filter(isOfImage));
  makeWorkingDirectory(p, root, container.process.cwd, failed);
  uncover(p, covers);
  if (parts.users) place(p, root, 'dev', makeDevFor(p, container, host));
  if (hasSysOfKeeper(container)) place(p, root, 'sys', makeSysIn(p, parts.network, failed));
  actAsOneself();
  if (readOnly) for (const mount of all) makeReadOnly(p, 'make the root filesystem read-only', mount);
  p.call('take the umask back', 'umask', { result: umask });
  close(p, hidden);
  for (const mount of all) close(p, mount);
}

/** What is made by the rights of the host, and a tool binds to its place. */
function place(p: ProgramBuilder, root: Argument, name: string, mount: Entry): void {
  const target = ordinaryDirectory(p, root, name);
  attach(p, `attach /${name}`, mount, target);
  for (const descriptor of [target, mount]) close(p, descriptor);
}

/** A tool makes no console in it (crun), and gives what it mounts the mode of the place (runc). */
function makeDevFor(
  p: ProgramBuilder,
  { terminal }: RenderRequest['container'],
  { devices }: RootParts['host'],
): Entry {
  const dev = makeDev(p, devices);
  p.call('let everybody use /dev/shm', 'fchmodat', { result: dev }, p.string('shm'), 0o1777);
  if (terminal.tty)
    p.call('make /dev/console', 'mknodat', { result: dev }, p.string('console'), S_IFREG | 0o600, 0);
  return dev;
}

/** With the interfaces of the network that the container is in. */
function makeSysIn(p: ProgramBuilder, network: Argument | undefined, failed: Label): Entry {
  if (network === undefined) return makeSys(p);
  const leave = visitNetwork(p, network, failed);
  const sys = makeSys(p);
  leave();
  return sys;
}

/** A filesystem in memory at a place that the container does not see. */
function hideFilesystem(p: ProgramBuilder): Entry {
  const words = 'make a filesystem for the files of /etc';
  const mount = newMount(p, words, {
    type: 'tmpfs',
    options: [
      ['mode', '700'],
      ['size', String(ETC_SIZE)],
    ],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
  });
  const anchor = openDirectory(p, words, HIDDEN);
  attach(p, words, mount, { result: anchor });
  close(p, anchor);
  return mount;
}

/**
 * Stands where the tool will mount something, so that a mount or a secret whose target leads there is refused as in
 * /proc itself: it would be hidden, and nobody would know.
 */
function cover(p: ProgramBuilder, root: Argument, name: string): Entry {
  const words = `hold /${name} free`;
  const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const mount = newMount(p, words, { type: 'proc', options: [], attributes });
  const place = ordinaryDirectory(p, root, name);
  attach(p, words, mount, place);
  close(p, place);
  return mount;
}

/** Each by way of its own directory: no path of the image is resolved. */
function uncover(p: ProgramBuilder, mounts: readonly Entry[]): void {
  const words = 'leave it to the tool';
  for (const mount of mounts) {
    p.call(words, 'fchdir', { result: mount });
    p.call(words, 'umount2', p.string('.'), MNT_DETACH);
    close(p, mount);
  }
  p.call("hold nobody's directory", 'chdir', p.string('/'));
}

function isOfImage(path: string): boolean {
  return !/^\/(proc|sys|dev)(\/|$)/.test(path);
}

/** Where it is missing and can be made. Who enters it looks whether it is there, and what it is. */
function makeWorkingDirectory(p: ProgramBuilder, root: Argument, path: string, failed: Label): void {
  const done = p.label('the working directory is made');
  p.failTo(done);
  close(p, openOrMake(p, `working directory "${path}"`, root, path, 'directory'));
  p.place(done);
  p.failTo(failed);
}
