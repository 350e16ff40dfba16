import { MNT_DETACH } from '../../../linux/constants.ts';
import { hostId } from '../../../linux/id-maps.ts';
import type { IdMaps } from '../../../schema/container-spec.ts';
import type { Owner } from '../../backend.ts';
import type { ProgramBuilder } from '../../native/program/builder.ts';
import type { Argument } from '../../native/program/program.ts';
import { mountParts, secretsOf } from '../../native/render/equip.ts';
import type { RenderRequest } from '../../native/render/input.ts';
import { layersIn } from '../../native/render/overlay.ts';
import { actAsRootInside, type Take } from '../../native/render/user-namespace.ts';
import { HIDDEN } from '../tool.ts';

/** Where the keeper has what belongs to the container's users from, while it mounts the root filesystem. */
interface Beginning {
  takePart: Take;
  takeSecrets: Take;
  /** Of filesystems in memory, as numbers of the host. */
  mountOwners: RenderRequest['mountOwners'];
  /** The keeper makes files as the host's root again. */
  actAsOneself: () => void;
}

export interface OwnUsers {
  /** Where as many mounts as `held` are open that are to be attached later. */
  begin: (p: ProgramBuilder, request: RenderRequest, held: number) => Beginning;
}

/** Of a container whose users are those of the host. */
export const usersOfHost: OwnUsers = {
  begin: (_, { mountOwners }) => {
    const make: Take = (make) => ({ result: make() });
    return { takePart: make, takeSecrets: make, mountOwners, actAsOneself: () => {} };
  },
};

/**
 * Of a container with a user namespace of its own, `user`: the tool makes another with the same maps, in which the
 * container could mount none of this. So what is the image's is shown with mapped owners, and all that is made for it
 * belongs to its root.
 */
export function ownUsers(maps: IdMaps, user: Argument, rights: bigint): OwnUsers {
  return {
    begin: (p, request, held) => {
      const [secrets] = secretsOf(p, request, maps);
      const actAsOneself = actAsRootInside(p, maps, rights);
      const visit = () => () => detachLayers(p, layersIn(request.rootfs.mounts));
      const parts = mountParts(p, request, user, { place: HIDDEN, visit, held });
      return {
        takePart: () => {
          const result = parts.shift();
          return result === undefined ? -1 : { result };
        },
        takeSecrets: () => (secrets === undefined ? -1 : { result: secrets }),
        mountOwners: numbersOfHost(maps, request.mountOwners),
        actAsOneself,
      };
    },
  };
}

/** The overlays that were made of them hold them. Each is over the one before. */
function detachLayers(p: ProgramBuilder, count: number): void {
  for (let index = 0; index < count; index++)
    p.call('detach a layer', 'umount2', p.string(HIDDEN), MNT_DETACH);
}

/** The number that stands for nobody, which no filesystem takes (credentials(7)). */
const NOBODY = 2 ** 32 - 1;

function numbersOfHost(maps: IdMaps, owners: RenderRequest['mountOwners']): RenderRequest['mountOwners'] {
  if (owners === undefined) return undefined;
  const ofHost = ({ uid, gid }: Owner): Owner => ({
    uid: hostId(maps.uids, uid) ?? NOBODY,
    gid: hostId(maps.gids, gid) ?? NOBODY,
  });
  return new Map([...owners].map(([name, owner]) => [name, ofHost(owner)]));
}
