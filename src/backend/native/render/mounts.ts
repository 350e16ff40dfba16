import {
  EACCES,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  PROC_SUPER_MAGIC,
} from '../../../linux/constants.ts';
import type { MountSpec } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry } from '../program/program.ts';
import { type BindSpec, type SourceKind, wordsOfBind } from './bind.ts';
import type { RenderRequest } from './input.ts';
import { attach, close, type Descriptor, newMount } from './mount-api.ts';
import { openOrMake } from './path.ts';
import { rootRefusal } from './root-refusal.ts';

const STATFS_SIZE = 120;

/** The mounts that the container file declares, those nearer to the root first. */
export function mountDeclared(
  p: ProgramBuilder,
  root: Descriptor,
  { container: { mounts }, mountOwners }: RenderRequest,
  kindOf: (mount: BindSpec) => SourceKind,
  take: (mount: BindSpec) => Argument,
): void {
  if (mounts.length === 0) return;
  const refuseUnfit = targetRefusal(p, root);
  for (const mount of nearestFirst(mounts)) {
    const words = wordsOf(mount);
    const made = mount.type === 'bind' ? take(mount) : tmpfs(p, words, mount, mountOwners);
    const kind = mount.type === 'bind' ? kindOf(mount) : 'directory';
    const target = openOrMake(p, words, root, mount.target, kind);
    refuseUnfit(words, target);
    attach(p, words, made, { result: target });
    close(p, target);
    close(p, made);
  }
}

/** Binds in the order in which they are attached. */
export function bindsOf(mounts: readonly MountSpec[]): BindSpec[] {
  return nearestFirst(mounts).filter((mount) => mount.type === 'bind');
}

function nearestFirst(mounts: readonly MountSpec[]): MountSpec[] {
  return [...mounts].sort((a, b) => depth(a.target) - depth(b.target));
}

function wordsOf(mount: MountSpec): string {
  return mount.type === 'bind' ? wordsOfBind(mount) : `mount tmpfs on "${mount.target}"`;
}

function tmpfs(
  p: ProgramBuilder,
  words: string,
  mount: MountSpec & { type: 'tmpfs' },
  owners: RenderRequest['mountOwners'],
): Entry {
  const { size, inodes, mode, owner = '', exec, readOnly } = mount;
  const { uid, gid } = owners?.get(owner) ?? {};
  return newMount(p, words, {
    type: 'tmpfs',
    options: [
      ['size', String(size)],
      ...(inodes === undefined ? [] : [['nr_inodes', String(inodes)] as const]),
      ...(uid === undefined ? [] : [['uid', String(uid)] as const]),
      ...(gid === undefined ? [] : [['gid', String(gid)] as const]),
      ['mode', mode.toString(8)],
    ],
    attributes:
      MOUNT_ATTR_NOSUID |
      MOUNT_ATTR_NODEV |
      (exec ? 0 : MOUNT_ATTR_NOEXEC) |
      (readOnly ? MOUNT_ATTR_RDONLY : 0),
  });
}

/** Where nothing may be mounted, whatever links lead there. */
export function targetRefusal(p: ProgramBuilder, root: Descriptor): (words: string, target: Entry) => void {
  const refuseRoot = rootRefusal(p, root);
  const status = p.space('statfs', STATFS_SIZE);
  return (words, target) => {
    refuseProc(p, words, target, status);
    refuseRoot(words, target);
  };
}

/** Over /proc a mount could hide or fake what the kernel says (CVE-2023-27561), also through a link. */
function refuseProc(p: ProgramBuilder, words: string, target: Entry, status: Data): void {
  const fine = p.label(`${words}: the target is not in /proc`);
  p.call(`${words}: what does the target stand on`, 'fstatfs', { result: target }, status);
  p.jump(fine, 'not-equal', { load: 64, from: status, at: 0 }, PROC_SUPER_MAGIC);
  p.fail(words, -EACCES, { EACCES: 'choose a target outside of /proc, where nothing may be mounted' });
  p.place(fine);
}

function depth(target: string): number {
  return target.split('/').filter((name) => name !== '').length;
}
