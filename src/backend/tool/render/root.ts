import {
  CLONE_NEWNS,
  MNT_DETACH,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MS_REC,
  MS_SLAVE,
  O_CLOEXEC,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument, Entry, Label } from '../../native/program/program.ts';
import type { BindSpec, SourceKind } from '../../native/render/bind.ts';
import { mountEtcFiles } from '../../native/render/etc.ts';
import type { RenderRequest } from '../../native/render/input.ts';
import { ordinaryDirectory } from '../../native/render/kernel-filesystems.ts';
import { makePathsReadOnly } from '../../native/render/masks.ts';
import { attach, close, makeReadOnly, newMount } from '../../native/render/mount-api.ts';
import { mountDeclared } from '../../native/render/mounts.ts';
import { openDirectory } from '../../native/render/overlay.ts';
import { openOrMake } from '../../native/render/path.ts';
import { mountRootfs } from '../../native/render/rootfs.ts';
import { mountSecrets } from '../../native/render/secrets.ts';
import { HIDDEN, ROOT } from '../tool.ts';

/** Where a tool mounts what is the kernel's. */
const kernelPlaces = ['proc', 'sys', 'dev'] as const;

/** Below the numbers of an overlay's layers. */
const HELD_FD = 90;

/** The files of /etc are made in a filesystem in memory that has no room for more than this. */
const ETC_SIZE = 64 * 1024 * 1024;

interface RootParts {
  /** See Tool. */
  directory: string;
  kindOf: (mount: BindSpec) => SourceKind;
  bindOf: (mount: BindSpec) => Argument;
  /** Where the keeper goes on when it fails. */
  failed: Label;
}

/** A mount namespace of the keeper's own, in which no mount is made by the host's hands that the host has not too. */
export function takeMountNamespace(p: ProgramBuilder): void {
  p.call('take a view of the mounts', 'unshare', CLONE_NEWNS);
  p.hint(p.call('let it follow that of the host', 'mount', 0, p.string('/'), 0, MS_REC | MS_SLAVE, 0), {
    EINVAL: 'give a chroot that sc runs in a root that is a mount (mount --rbind DIR DIR, before it)',
  });
}

/**
 * Mounts the root filesystem with all that belongs to it but the kernel's own filesystems, which the tool mounts: by
 * the same steps as on native, from descriptor to descriptor, so that no path of the image is resolved by a tool.
 */
export function mountRoot(p: ProgramBuilder, request: RenderRequest, parts: RootParts): void {
  const { container, rootfs, etc } = request;
  const { readOnly } = container.rootfs;
  const [place, hiding] = [ROOT, HIDDEN].map((name) => `${parts.directory}/${name}`) as [string, string];
  const umask = p.call('make files with the modes that are asked for', 'umask', 0);
  const hidden = hideFilesystem(p, hiding);
  const { root, all } = mountRootfs(p, rootfs.mounts, readOnly, (make) => ({ result: make() }), place);
  const covers = kernelPlaces.map((name) => cover(p, root, name));
  mountEtcFiles(p, root, hidden, etc, readOnly);
  mountDeclared(p, root, request, parts.kindOf, parts.bindOf);
  mountSecrets(p, root, request, (make) => ({ result: make() }), hiding);
  makePathsReadOnly(p, root, container.security.readOnlyPaths.filter(isOfImage));
  makeWorkingDirectory(p, root, container.process.cwd, parts.failed);
  for (const mount of covers) uncover(p, mount);
  if (readOnly) for (const mount of all) makeReadOnly(p, 'make the root filesystem read-only', mount);
  p.call('take the umask back', 'umask', { result: umask });
  close(p, hidden);
  for (const mount of all) close(p, mount);
}

/** A filesystem in memory at a place that the container does not see. */
function hideFilesystem(p: ProgramBuilder, place: string): Entry {
  const words = 'make a filesystem for the files of /etc';
  const mount = newMount(p, words, {
    type: 'tmpfs',
    options: [
      ['mode', '700'],
      ['size', String(ETC_SIZE)],
    ],
    attributes: MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
  });
  const anchor = openDirectory(p, words, place);
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

/** The kernel finds a mount by the link of its descriptor. */
function uncover(p: ProgramBuilder, mount: Entry): void {
  const words = 'leave it to the tool';
  p.call(words, 'dup3', { result: mount }, HELD_FD, O_CLOEXEC);
  p.call(words, 'umount2', p.string(`/proc/self/fd/${HELD_FD}`), MNT_DETACH);
  p.attempt(words, 'close', HELD_FD);
  close(p, mount);
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
