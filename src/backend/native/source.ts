import { ScError } from '../../errors/error.ts';
import { errnoOf } from '../../errors/reason.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { connectionOf, statSource } from '../../linux/mount-source.ts';
import type { ContainerSpec, SecretSpec } from '../../schema/container-spec.ts';
import { largestSecret, secretObstacle } from '../secret-source.ts';
import { type BindSpec, isOfHostGroups, wordsOfBind } from './render/bind.ts';
import type { SourceKind } from './render/mounts.ts';

/**
 * What the source of a bind mount is. Throws SC_START_FAILED where it is not there, unless it will be made,
 * and where its propagation could not take effect.
 */
export function sourceKind(mount: BindSpec): SourceKind {
  try {
    const isDirectory = statSource(mount).isDirectory();
    if (isOfHostGroups(mount)) refuseUnconnected(mount);
    return isDirectory ? 'directory' : 'file';
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === undefined) throw cause;
    if (errno === 'ENOENT' && mount.ifMissing === 'create') return 'directory';
    const isLink = errno === 'ELOOP' && mount.subpath !== undefined;
    throw new ScError('SC_START_FAILED', `${wordsOfBind(mount)}: ${errno}`, {
      cause,
      errno,
      hint: isLink
        ? 'choose a subpath without a symbolic link on the way to it'
        : 'make the source of the mount on this host, or correct its path',
    });
  }
}

/** The kernel would take it without a word, and nothing would ever travel. */
function refuseUnconnected(mount: BindSpec): void {
  const connection = connectionOf(mount);
  if (connection === 'shared' || (connection === 'slave' && mount.propagation?.endsWith('slave'))) return;
  const state = connection === 'slave' ? 'only takes from others' : 'is private';
  throw new ScError(
    'SC_START_FAILED',
    `${wordsOfBind(mount)} with propagation "${mount.propagation}": the mount that the source lies on ${state}`,
    { hint: 'mount --make-shared on the mount point of the source, or leave propagation out' },
  );
}

/** A container without the mounts that are left out because their source is not there. */
export function withoutSkipped(container: ContainerSpec): ContainerSpec {
  if (!container.mounts.some(isSkipped)) return container;
  return { ...container, mounts: container.mounts.filter((mount) => !isSkipped(mount)) };
}

function isSkipped(mount: ContainerSpec['mounts'][number]): boolean {
  if (mount.type !== 'bind' || mount.ifMissing !== 'skip') return false;
  try {
    statSource(mount);
    return false;
  } catch (error) {
    return isErrno(error, 'ENOENT');
  }
}

/** Before anything is made for the container; what changes until it is read fails the start too. */
export function checkSecret({ name, source }: SecretSpec): void {
  const obstacle = secretObstacle(source);
  if (obstacle === undefined) return;
  throw new ScError('SC_START_FAILED', `read secret "${name}" from "${source}": ${obstacle}`, {
    hint: `give a regular file of at most ${largestSecret} bytes`,
  });
}
