import type { Owner } from '../../linux/credentials.ts';
import { hostId } from '../../linux/id-maps.ts';
import type { IdRange } from '../../schema/container-spec.ts';
import type { Root } from './root.ts';

/** Who stands for everybody whom a user namespace does not know (overflowuid, proc_sys_kernel(5)). */
const NOBODY = 65_534;

/** Whom the container knows under the owner that is seen here. */
export function ownerInside({ ids }: Root, { uid, gid }: Owner): Owner {
  if (ids === undefined) return { uid, gid };
  return { uid: insideId(ids.uids, uid), gid: insideId(ids.gids, gid) };
}

/** The other way round. Somebody whom the container does not have becomes nobody. */
export function ownerSeen({ ids }: Root, { uid, gid }: Owner): Owner {
  if (ids === undefined) return { uid, gid };
  const seen = (ranges: readonly IdRange[], id: number) =>
    hostId(ranges, id) ?? hostId(ranges, NOBODY) ?? hostId(ranges, 0) ?? id;
  return { uid: seen(ids.uids, uid), gid: seen(ids.gids, gid) };
}

function insideId(ranges: readonly IdRange[], id: number): number {
  const range = ranges.find(({ host, size }) => host <= id && id < host + size);
  return range === undefined ? NOBODY : range.inside + id - range.host;
}

const CAPABILITY = 'security.capability';
const ACL = /^system\.posix_acl_(access|default)$/;

/** VFS_CAP_REVISION_2 and _3, in the highest byte of the first word (linux/capability.h). */
const REVISION_MASK = 0xff000000;
const REVISION_2 = 0x02000000;
const REVISION_3 = 0x03000000;

/** Attributes in which users are named are told in those of the container. */
export function xattrsInside(root: Root, xattrs: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  return translated(xattrs, root, capabilityInside, (owner) => ownerInside(root, owner));
}

/** The other way round. */
export function xattrsSeen(root: Root, xattrs: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
  return translated(xattrs, root, capabilitySeen, (owner) => ownerSeen(root, owner));
}

function translated(
  xattrs: ReadonlyMap<string, Buffer>,
  root: Root,
  ofCapability: (root: Root, value: Buffer) => Buffer,
  ofOwner: (owner: Owner) => Owner,
): Map<string, Buffer> {
  if (root.ids === undefined) return new Map(xattrs);
  return new Map(
    [...xattrs].map(([name, value]) => {
      if (name === CAPABILITY) return [name, ofCapability(root, value)];
      return [name, ACL.test(name) ? translateAcl(value, ofOwner) : value];
    }),
  );
}

/** Rights of a file count below the root user that stands in them; that of the container needs not be named. */
function capabilityInside(root: Root, value: Buffer): Buffer {
  const word = value.length === 24 ? value.readUInt32LE(0) : 0;
  const isOurs = (word & REVISION_MASK) === REVISION_3 && value.readUInt32LE(20) === rootOf(root);
  if (!isOurs) return value;
  const plain = Buffer.from(value.subarray(0, 20));
  plain.writeUInt32LE(((word & ~REVISION_MASK) | REVISION_2) >>> 0);
  return plain;
}

function capabilitySeen(root: Root, value: Buffer): Buffer {
  const word = value.length === 20 ? value.readUInt32LE(0) : 0;
  if ((word & REVISION_MASK) !== REVISION_2) return value;
  const named = Buffer.alloc(24);
  value.copy(named);
  named.writeUInt32LE(((word & ~REVISION_MASK) | REVISION_3) >>> 0);
  named.writeUInt32LE(rootOf(root), 20);
  return named;
}

function rootOf(root: Root): number {
  return ownerSeen(root, { uid: 0, gid: 0 }).uid;
}

/** A word, and behind it eight bytes for each entry: what it is of, its bits, and a number (posix_acl_xattr.h). */
const ACL_HEADER = 4;
const ACL_ENTRY = 8;
const ACL_USER = 0x02;
const ACL_GROUP = 0x08;

function translateAcl(value: Buffer, ofOwner: (owner: Owner) => Owner): Buffer {
  const acl = Buffer.from(value);
  for (let at = ACL_HEADER; at + ACL_ENTRY <= acl.length; at += ACL_ENTRY) {
    const tag = acl.readUInt16LE(at);
    if (tag !== ACL_USER && tag !== ACL_GROUP) continue;
    const id = acl.readUInt32LE(at + 4);
    const { uid, gid } = ofOwner({ uid: id, gid: id });
    acl.writeUInt32LE(tag === ACL_USER ? uid : gid, at + 4);
  }
  return acl;
}
