import { ScError } from '../../errors/error.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { exchange, mountRanges } from '../../linux/id-maps.ts';
import { statSource } from '../../linux/mount-source.ts';
import type { IdMaps } from '../../schema/container-spec.ts';
import type { Owner } from '../backend.ts';
import { type BindSpec, wordsOfBind } from './render/bind.ts';
import type { MappedOwners, RenderRequest } from './render/input.ts';

/**
 * How the binds show their owners that are not to be as on the host, for a container with these maps of its
 * own. Throws SC_START_FAILED where a source cannot be looked at.
 */
export function mapBinds({ container, mountOwners }: RenderRequest): Map<BindSpec, MappedOwners> {
  const own = container.security.userNamespace;
  const mapped = new Map<BindSpec, MappedOwners>();
  for (const mount of container.mounts) {
    if (mount.type !== 'bind' || (mount.owner === undefined && mount.idmap === undefined)) continue;
    const expected = mount.owner === undefined ? undefined : ownerOf(mount);
    const wanted =
      expected === undefined ? mount.idmap : placesOf(mountOwners?.get(mount.owner ?? ''), expected);
    if (wanted === undefined) throw new Error(`nobody knows the owner of ${wordsOfBind(mount)}`);
    const maps = {
      uids: mountRanges(wanted.uids, own?.uids),
      gids: mountRanges(wanted.gids, own?.gids),
    };
    for (const ranges of [maps.uids, maps.gids]) if (ranges.length === 0) throw nobody(mount);
    mapped.set(mount, { maps, ...(expected !== undefined && { expected }) });
  }
  return mapped;
}

function placesOf(inside: Owner | undefined, host: Owner): IdMaps | undefined {
  if (inside === undefined) return undefined;
  return { uids: exchange(inside.uid, host.uid), gids: exchange(inside.gid, host.gid) };
}

/** What will be made is root's. */
function ownerOf(mount: BindSpec): Owner {
  try {
    const { uid, gid } = statSource(mount);
    return { uid, gid };
  } catch (error) {
    if (isErrno(error, 'ENOENT') && mount.ifMissing === 'create') return { uid: 0, gid: 0 };
    throw error;
  }
}

function nobody(mount: BindSpec): ScError {
  return new ScError('SC_START_FAILED', `${wordsOfBind(mount)}: none of its owners is anybody inside`, {
    hint: 'name users and groups of the container in idmap that its own user namespace has',
  });
}
