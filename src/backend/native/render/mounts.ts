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
import type { Entry } from '../program/program.ts';
import { attach, cloneMount, close, makeReadOnly, newMount, setAttributes } from './mount-api.ts';
import { openOrMake } from './path.ts';

const STATFS_SIZE = 120;

/** A bind mount's source is a directory or a file of the host; its target is made as the same kind. */
export type SourceKind = 'directory' | 'file';

/** The mounts that the container file declares, those nearer to the root first. */
export function mountDeclared(
  p: ProgramBuilder,
  root: Entry,
  mounts: readonly MountSpec[],
  kindOf: (source: string) => SourceKind,
): void {
  for (const mount of [...mounts].sort((a, b) => depth(a.target) - depth(b.target))) {
    const words = `mount ${mount.type === 'bind' ? `"${mount.source}"` : 'tmpfs'} on "${mount.target}"`;
    const made = mount.type === 'bind' ? bind(p, words, mount) : tmpfs(p, words, mount);
    const kind = mount.type === 'bind' ? kindOf(mount.source) : 'directory';
    const target = openOrMake(p, words, root, mount.target, kind);
    refuseProc(p, words, target);
    attach(p, words, made, { result: target });
    close(p, target);
    close(p, made);
  }
}

function bind(p: ProgramBuilder, words: string, mount: MountSpec & { type: 'bind' }): Entry {
  const tree = cloneMount(p, words, { path: mount.source });
  setAttributes(p, words, tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, true);
  if (mount.readOnly) makeReadOnly(p, words, tree, true);
  return tree;
}

function tmpfs(p: ProgramBuilder, words: string, mount: MountSpec & { type: 'tmpfs' }): Entry {
  return newMount(p, words, {
    type: 'tmpfs',
    options: [
      ['size', String(mount.size)],
      ['mode', mount.mode.toString(8)],
    ],
    attributes:
      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | (mount.readOnly ? MOUNT_ATTR_RDONLY : 0),
  });
}

/** Over /proc a mount could hide or fake what the kernel says (CVE-2023-27561), also through a link. */
function refuseProc(p: ProgramBuilder, words: string, target: Entry): void {
  const status = p.space('statfs', STATFS_SIZE);
  const fine = p.label(`${words}: the target is not in /proc`);
  p.call(`${words}: what does the target stand on`, 'fstatfs', { result: target }, status);
  p.jump(fine, 'not-equal', { load: 64, from: status, at: 0 }, PROC_SUPER_MAGIC);
  p.fail(words, -EACCES, { EACCES: 'choose a target outside of /proc, where nothing may be mounted' });
  p.place(fine);
}

function depth(target: string): number {
  return target.split('/').filter((name) => name !== '').length;
}
