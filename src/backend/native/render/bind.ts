import { join } from 'node:path';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  ESTALE,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
  MS_SLAVE,
  MS_UNBINDABLE,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  STATX_GID,
  STATX_UID,
} from '../../../linux/constants.ts';
import { BELOW_SOURCE } from '../../../linux/mount-source.ts';
import type { MountSpec } from '../../../schema/container-spec.ts';
import type { Owner } from '../../backend.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry } from '../program/program.ts';
import { cloneMount, close, joinPeers, openInRoot, setAttributes } from './mount-api.ts';

/** struct statx, and where its stx_uid and stx_gid stand (statx(2)). */
const STATX_SIZE = 256;
const UID_AT = 20;
const GID_AT = 24;

export type BindSpec = MountSpec & { type: 'bind' };

/** A bind mount's source is a directory or a file of the host; its target is made as the same kind. */
export type SourceKind = 'directory' | 'file';

/**
 * A detached copy of a file or directory of the host and of what is mounted below, its owners mapped by a
 * user namespace if there is one. It is a peer of the host's mounts only where its propagation asks for it.
 */
export function bind(p: ProgramBuilder, mount: BindSpec, owners?: Argument, expected?: Owner): Entry {
  const words = wordsOfBind(mount);
  const source = holdSource(p, words, mount);
  const tree = cloneMount(
    p,
    words,
    source === undefined ? { path: mount.source } : { fd: { result: source } },
  );
  if (expected !== undefined) expectOwner(p, words, tree, expected);
  const { exec, readOnly, propagation } = mount;
  setAttributes(p, words, tree, {
    set:
      MOUNT_ATTR_NOSUID |
      MOUNT_ATTR_NODEV |
      (readOnly ? MOUNT_ATTR_RDONLY : 0) |
      (exec === false ? MOUNT_ATTR_NOEXEC : 0),
    clear: exec === true ? MOUNT_ATTR_NOEXEC : 0,
    propagation: propagationOfAll(propagation),
    ...(owners !== undefined && { owners }),
    recursive: true,
  });
  if (source !== undefined) {
    if (propagation === 'shared' || propagation === 'slave') joinPeers(p, words, tree, source);
    close(p, source);
  }
  if (propagation === 'slave') setAttributes(p, words, tree, { propagation: MS_SLAVE });
  if (propagation === 'unbindable') setAttributes(p, words, tree, { propagation: MS_UNBINDABLE });
  return tree;
}

export function wordsOfBind({ source, subpath = '', target }: BindSpec): string {
  return `mount "${join(source, subpath)}" on "${target}"`;
}

/** Whether it has to be made in the host's mount namespace: a copy of it has left the groups of its mounts. */
export function isOfHostGroups({ propagation }: BindSpec): boolean {
  return propagation !== undefined && /shared|slave/.test(propagation);
}

/** Of the mount and all below it. What stays as it was copied is a peer of what it is a copy of. */
function propagationOfAll(propagation: BindSpec['propagation']): number {
  if (propagation === 'rshared') return 0;
  if (propagation === 'rslave') return MS_SLAVE;
  return propagation === 'runbindable' ? MS_UNBINDABLE : MS_PRIVATE;
}

/** Who it belongs to was looked at by its path: meanwhile something else may stand there. */
function expectOwner(p: ProgramBuilder, words: string, tree: Entry, { uid, gid }: Owner): void {
  const status = p.space('source', STATX_SIZE);
  const changed = p.label(`${words}: another's`);
  const same = p.label(`${words}: its owner's still`);
  p.call(words, 'statx', { result: tree }, p.string(''), AT_EMPTY_PATH, STATX_UID | STATX_GID, status);
  p.jump(changed, 'not-equal', { load: 32, from: status, at: UID_AT }, uid | 0);
  p.jump(same, 'equal', { load: 32, from: status, at: GID_AT }, gid | 0);
  p.place(changed);
  p.fail(words, -ESTALE, { ESTALE: 'start it again: the source has got another owner meanwhile' });
  p.place(same);
}

/** A descriptor of what is mounted, where its path alone would not do. */
function holdSource(p: ProgramBuilder, words: string, mount: BindSpec): Entry | undefined {
  const { source, subpath, propagation } = mount;
  if (subpath === undefined) {
    if (propagation !== 'shared' && propagation !== 'slave') return undefined;
    return p.call(words, 'openat', AT_FDCWD, p.string(source), O_PATH | O_CLOEXEC);
  }
  const flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  const base = p.call(words, 'openat', AT_FDCWD, p.string(source), flags);
  const place = openBelow(p, `${words}: open "${subpath}" below its source`, base, subpath);
  close(p, base);
  return place;
}

/**
 * Who writes below the source, such as a container that shares it, must not choose what is mounted here: no
 * link is followed, not even one that stays inside, which could lead to what is another's (CVE-2021-30465).
 */
function openBelow(p: ProgramBuilder, words: string, base: Entry, subpath: string): Entry {
  const hint = 'choose a subpath that is there, with directories and no link on the way to it';
  return openInRoot(p, words, base, subpath, {
    resolve: BELOW_SOURCE,
    hints: { ELOOP: hint, ENOENT: hint, ENOTDIR: hint, EXDEV: hint },
  });
}
