import { fchmodSync, fchownSync, fstatSync } from 'node:fs';
import {
  chmodAt,
  chmodOpened,
  chownAt,
  chownOpened,
  setTimes,
  setTimesAt,
  setTimesOpened,
} from '../../linux/attributes.ts';
import { O_CLOEXEC, O_NOFOLLOW, O_PATH } from '../../linux/constants.ts';
import { holding } from '../../linux/directory.ts';
import { openat } from '../../linux/directory-entries.ts';
import { isOfHost } from '../../linux/merged-layers.ts';
import { listXattrs, readXattrs, removeXattr, writeXattr } from '../../linux/xattrs.ts';

/** What an inode has beside its content; an entry of a tar is one. */
export interface Metadata {
  /** Twelve bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** Of a directory of which nobody says anything. */
export function unnamed(mtime: bigint): Metadata {
  return { mode: 0o755, uid: 0, gid: 0, mtime, xattrs: new Map() };
}

/** By which a directory gives new entries access that nobody asked for (acl(5)). */
export const DEFAULT_ACL = 'system.posix_acl_default';

/** The kernel knows no others (xattr(7)). Those of other systems, as a Mac adds them, say nothing here. */
const KNOWN = /^(user|trusted|security|system)\./;

/**
 * What steers overlay would lead it, from a layer, to where it has no business. A label of SELinux says what the host
 * that gave it lets others do, and an image would choose it for this one.
 */
export function isContentXattr(name: string): boolean {
  return KNOWN.test(name) && !isOfHost(name);
}

/** Of what a descriptor stands for, which may be one of O_PATH. */
export function readMetadata(descriptor: number): Metadata {
  const { mode, uid, gid, mtimeNs } = fstatSync(descriptor, { bigint: true });
  const xattrs = new Map([...readXattrs(descriptor)].filter(([name]) => isContentXattr(name)));
  return { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), mtime: mtimeNs, xattrs };
}

/**
 * Gives an open file or directory what it is to have. The order is the kernel's: a change of the owner takes
 * set-user-ID bits and file capabilities away (chown(2)), and any change of the others sets a new time.
 */
export function applyMetadata(descriptor: number, { uid, gid, mode, mtime, xattrs }: Metadata): void {
  fchownSync(descriptor, uid, gid);
  fchmodSync(descriptor, mode & 0o7777);
  writeXattrs(descriptor, xattrs);
  setTimes(descriptor, mtime);
}

/** The same of a name in an open directory, of something that nobody opens: a link, device or FIFO. */
export function applyMetadataAt(
  directory: number,
  name: Buffer,
  { uid, gid, mode, mtime, xattrs }: Metadata,
  isLink: boolean,
): void {
  chownAt(directory, name, uid, gid);
  // Links have no mode of their own on Linux.
  if (!isLink) chmodAt(directory, name, mode & 0o7777);
  if (xattrs.size > 0) {
    const entry = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    holding(entry, () => writeXattrs(entry, xattrs));
  }
  setTimesAt(directory, name, mtime);
}

/** The same of a descriptor of O_PATH, in a directory where somebody else may put something in its place. */
export function applyMetadataOpened(
  descriptor: number,
  { uid, gid, mode, mtime, xattrs }: Metadata,
  isLink: boolean,
): void {
  chownOpened(descriptor, uid, gid);
  if (!isLink) chmodOpened(descriptor, mode & 0o7777);
  writeXattrs(descriptor, xattrs);
  setTimesOpened(descriptor, mtime);
}

/** Takes away the attributes that an inode has beside those that it is to have, but for those of overlay. */
export function removeOtherXattrs(descriptor: number, { xattrs }: Metadata): void {
  for (const name of listXattrs(descriptor))
    if (isContentXattr(name) && !xattrs.has(name)) removeXattr(descriptor, name);
}

function writeXattrs(descriptor: number, xattrs: ReadonlyMap<string, Buffer>): void {
  for (const [name, value] of xattrs) if (isContentXattr(name)) writeXattr(descriptor, name, value);
}
